namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

/// <summary>A request as an unmodified client sent it (spec section 9), for key AKIDtest0001 /
/// secretKey0001.</summary>
public sealed record CapturedRequest(string Client, string Path, string Host, string Form)
{
    private const string Local = "127.0.0.1:18080";
    private const string Api = "/v2/index.php";

    public static readonly CapturedRequest[] All =
    [
        new("npm cmq-sdk 2.1.0", Api, "cmq-queue-gz.api.tencentyun.com",
            "queueName=q-1&msgBody=hello+w%C3%B6rld+%26+a%3Db+%2B%25%2F&delaySeconds=0&Action=SendMessage"
            + "&SignatureMethod=HmacSHA256&SecretId=AKIDtest0001&Region=gz&Nonce=9566&Timestamp=1795226893"
            + "&Signature=lpi%2BdbCbGODHgoYFng0umnFYQ5b%2Fa2ZcA3OfvIfRQDI%3D"),
        new("npm qcloudapi-sdk 0.2.1", Api, Local,
            "Region=gz&SecretId=AKIDtest0001&Timestamp=1795227432&Nonce=46600&RequestClient=SDK_NODEJS_0.2.1"
            + "&Action=SendMessage&queueName=q-1&msgBody=hello%20w%C3%B6rld%20%26%20a%3Db%20%2B%25%2F"
            + "&Signature=Lszcy7ZvWA7ys%2FtyAmyQ6ZkPZ0A%3D"),
        new("Python", Api, Local,
            "queueName=q-1&msgBody=%40at+body&delaySeconds=0&Action=SendMessage&RequestClient=SDK_Python_1.3"
            + "&SecretId=AKIDtest0001&Nonce=5281891760121086463&Timestamp=1795226992&SignatureMethod=HmacSHA1"
            + "&Signature=Qot3NUZgZDISzRmK3xdJ1NCHV8k%3D"),
        new("Java", Api, Local,
            "Action=SendMessage&Nonce=1657119411&RequestClient=SDK_JAVA_1.3&SecretId=AKIDtest0001"
            + "&Signature=UoOS9WhFc4yoTqojA%2BNztE0xlCM%3D&SignatureMethod=HmacSHA1&Timestamp=1795227045"
            + "&delaySeconds=0&msgBody=%40hello+w%C3%B6rld+%26+a%3Db+%2B%25%2F&queueName=q-1"),
        new("Go, official", "/", Local,
            "Nonce=2737359344&Timestamp=1795227049&Signature=S2NCHr8JXGhAt89SphbMPkoEo5g%3D&queueName=q-1"
            + "&msgBody=%40hello+w%C3%B6rld+%26+a%3Db+%2B%25%2F&clientRequestId=4265931052"
            + "&SecretId=AKIDtest0001&SignatureMethod=HmacSHA1&Action=SendMessage&delaySeconds=0"
            + "&RequestClient=SDK_GO_1.2.0"),
        new("Go, NETkiddy", Api, Local,
            "UserpollingWaitSeconds=3000&Action=ReceiveMessage&SecretId=AKIDtest0001"
            + "&Signature=42AmJyRnCkh7JRyaUgmmg9x3230%3D&RequestClient=SDK_GO_1.3&SignatureMethod=HmacSHA1"
            + "&queueName=q-1&pollingWaitSeconds=3&Nonce=4037200794235010051&Timestamp=1795227052"),
        new("C++", Api, Local,
            "Action=SendMessage&Nonce=1333885302&RequestClient=SDK_CPP_1.3&SecretId=AKIDtest0001"
            + "&Signature=MADPtfGM%2BaCsuQUGg1lSspp19VizuXJIAVMVzzmdKVY%3D&SignatureMethod=HmacSHA256"
            + "&Timestamp=1795227154&delaySeconds=0"
            + "&msgBody=%40hello%20w%C3%B6rld%20%26%20a%3Db%20%2B%25/&queueName=q-1"),
        new("PHP V1.0.1", Api, Local,
            "queueName=q-1&msgBody=hello+w%C3%B6rld+%26+a%3Db+%2B%25%2F&Action=SendMessage"
            + "&RequestClient=SDK_PHP_1.1&SecretId=AKIDtest0001&Nonce=2099&Timestamp=1795227347"
            + "&Signature=4ylhKZXdQA0%2B69Kb9WmK1KcBNDE%3D"),
    ];

    public override string ToString() => Client;
}
