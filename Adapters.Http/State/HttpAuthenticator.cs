using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>Decides whose request it is (spec sections 1.3 and 2).</summary>
public sealed class HttpAuthenticator(IBroker broker, HttpOptions options)
{
    /// <param name="request">What the signature covers.</param>
    /// <param name="nowSeconds">This node's clock, Unix seconds.</param>
    /// <exception cref="HttpProtocolException">A common parameter is missing or wrong (4000), the key is
    /// unknown, disabled, or did not sign this request, or not lately (4100).</exception>
    public AccessKey Authenticate(HttpSignedRequest request, long nowSeconds)
    {
        HttpParameters parameters = request.Parameters;
        if (IsAnonymous(parameters))
            return Find(options.AnonymousSecretId!);

        string secretId = parameters.Text("SecretId");
        long timestamp = parameters.Number("Timestamp", 0, uint.MaxValue);

        // Opaque digits, and never remembered: the C++ client repeats its Nonce within a second.
        parameters.Bytes("Nonce");
        parameters.Bytes("Signature");

        AccessKey key = Find(secretId);
        bool lately = options.ClockSkewSeconds == 0
            || Math.Abs(nowSeconds - timestamp) <= options.ClockSkewSeconds;
        if (!HttpSignature.Verify(request, key.SecretKey) || !lately)
            throw new HttpProtocolException(HttpError.BadSignature);
        return key;
    }

    /// <summary>The official Go client without keys sends its appId and nothing of a signature.</summary>
    private bool IsAnonymous(HttpParameters parameters) =>
        options.AnonymousSecretId is not null
        && parameters.Has("appId")
        && !parameters.Has("SecretId")
        && !parameters.Has("Signature");

    private AccessKey Find(string secretId)
    {
        AccessKey? key = broker.FindAccessKey(secretId);
        if (key is null)
        {
            throw new HttpProtocolException(secretId.StartsWith("AKID", StringComparison.Ordinal)
                ? HttpError.SecretIdUnknown
                : HttpError.SecretIdFormat);
        }

        if (!key.Enabled)
            throw new HttpProtocolException(HttpError.SecretIdDisabled);
        return key.User.MayEnter(key.Namespace)
            ? key
            : throw new HttpProtocolException(HttpError.NoPermission);
    }
}
