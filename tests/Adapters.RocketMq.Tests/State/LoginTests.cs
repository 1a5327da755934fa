using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 21, ACL.</summary>
public sealed class LoginTests : IDisposable
{
    private const int NoPermission = (int)RocketMqResponseCode.NoPermission;

    private readonly Desk _desk = new(new RocketMqOptions { AnonymousUser = null });

    public LoginTests() => Prepare(_desk);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void Without_an_anonymous_user_nobody_is_served_without_a_key()
    {
        Assert.Equal(NoPermission, Ask(Bounds()).Code);
        Assert.Equal(NoPermission, Ask(Signed("unknown", "secret")).Code);
        Assert.Equal(NoPermission, Ask(Signed("off", "secret")).Code);
        Assert.Empty(_desk.Broker.Connections);
    }

    [Fact]
    public void A_signed_request_is_its_users()
    {
        Assert.Equal(0, Ask(Signed("id", "secret")).Code);
        Assert.Equal("alice", _desk.Client.Conversation.UserName);
    }

    [Theory]
    [InlineData("wrong", null)]
    [InlineData("secret", "")]
    [InlineData("secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("secret", "no base 64")]
    public void A_wrong_signature_is_refused_also_where_nobody_needs_one(string secret, string? signature)
    {
        using var open = new Desk();
        Prepare(open);

        Assert.Equal(NoPermission, Ask(open.Client, Signed("id", secret, signature)).Code);
    }

    [Fact]
    public void Where_nobody_needs_a_key_an_unknown_one_does_no_harm()
    {
        using var open = new Desk();
        Prepare(open);

        Assert.Equal(0, Ask(open.Client, Signed("unknown", "x")).Code);
        Assert.Equal("guest", open.Client.Conversation.UserName);
    }

    [Fact]
    public void The_anonymous_user_is_of_this_machine_only_unless_that_is_wanted()
    {
        IPAddress elsewhere = IPAddress.Parse("192.0.2.1");
        using var near = new Desk();
        Prepare(near);
        using var anywhere = new Desk(new RocketMqOptions { AnonymousFromAnywhere = true });
        Prepare(anywhere);

        Assert.Equal(NoPermission, Ask(near.Talk(1, elsewhere), Bounds()).Code);
        Assert.Equal(0, Ask(near.Client, Bounds()).Code);
        Assert.Equal(0, Ask(anywhere.Talk(1, elsewhere), Bounds()).Code);
    }

    [Fact]
    public void A_connection_belongs_to_one_user()
    {
        using var open = new Desk();
        Prepare(open);
        Ask(open.Client, Bounds());

        Assert.Equal(NoPermission, Ask(open.Client, Signed("id", "secret")).Code);
    }

    /// <summary>Signed by the real client; its secret is in no file, so only the wrong one can be
    /// tried.</summary>
    [Fact]
    public void The_signature_of_a_real_client_is_looked_at()
    {
        RocketMqCommand real = Frames.Read(
            Transcript.All.First(one => one.Client == "ali-ons-3.12.0-producer-aksk" && one.To == "broker").Request!);
        _desk.Broker.AccessKeys.Add("ak", _desk.Broker.AccessKeys["id"]);

        _desk.Client.Receive(real);
        _desk.Client.Run();

        Assert.Equal(NoPermission, Assert.Single(_desk.Client.Answers).Code);
    }

    private static void Prepare(Desk desk)
    {
        desk.Broker.AddTopic("T", 1);
        desk.Broker.AccessKeys.Add(
            "id", new AccessKey("id", "secret", new FakeIdentity("alice"), FakeBroker.Root, Enabled: true));
        desk.Broker.AccessKeys.Add(
            "off", new AccessKey("off", "secret", new FakeIdentity("bob"), FakeBroker.Root, Enabled: false));
    }

    private static RocketMqFields Bounds() => RocketMqFields.Of(new QueueRequest("T", 0));

    private static RocketMqFields Signed(string id, string secret, string? signature = null)
    {
        RocketMqFields fields = Bounds();
        fields.Add("AccessKey", id);
        string text =
            string.Concat(fields.All.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => field.Value));
#pragma warning disable CA5350 // The protocol's own choice.
        byte[] mac =
            System.Security.Cryptography.HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
        fields.Add("Signature", signature ?? Convert.ToBase64String(mac));
        return fields;
    }

    private RocketMqCommand Ask(RocketMqFields fields) => Ask(_desk.Client, fields);

    private static RocketMqCommand Ask(Talk talk, RocketMqFields fields)
    {
        talk.Begin(RocketMqRequestCode.GetMaxOffset, fields);
        return talk.Answer();
    }
}
