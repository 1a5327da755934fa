using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>What has been agreed on before a connection is open (checklist section 2).</summary>
internal sealed class AmqpHandshake(IBroker broker, AmqpOptions options, AmqpPeer peer)
{
    private AmqpTable _capabilities;
    private string _mechanism = "";

    public Identity? User { get; private set; }

    /// <summary>Agreed; before tune-ok the smallest there is.</summary>
    public int FrameMax { get; private set; } = AmqpReader.MinFrameMax;

    public int ChannelMax { get; private set; }

    /// <summary>0 = none, in both directions.</summary>
    public int HeartbeatSeconds { get; private set; }

    /// <summary>The client understands a close that tells of a failed login.</summary>
    public bool ToldOfRefusal => _capabilities.IsTrue("authentication_failure_close");

    public bool CancelNotify => _capabilities.IsTrue("consumer_cancel_notify");

    public bool ToldOfBlocking => _capabilities.IsTrue("connection.blocked");

    public static ConnectionStart Start => new(AmqpServerProperties.Table, AmqpLogin.Mechanisms, "en_US"u8.ToArray());

    public ConnectionTune Tune =>
        new(options.ChannelMax, (uint)options.FrameMax, options.HeartbeatSeconds);

    public AmqpError LoginRefused => new(AmqpCode.AccessRefused,
        $"Login was refused using authentication mechanism {_mechanism}. For details see the broker logfile.");

    /// <returns>Null when refused.</returns>
    public ValueTask<Identity?> LogInAsync(ConnectionStartOk method, CancellationToken cancellation)
    {
        _capabilities = method.ClientProperties.Nested("capabilities");
        _mechanism = method.Mechanism;
        AmqpLogin login = AmqpLogin.Read(method.Mechanism, method.Response);
        return login.Password.IsEmpty
            ? new((Identity?)null)
            : broker.LogInAsync(login.UserName, login.Password, peer.Address, cancellation);
    }

    public void LoggedIn(Identity user) => User = user;

    /// <summary>The client's figures are final, but not beyond ours.</summary>
    /// <exception cref="AmqpProtocolException">530.</exception>
    public void Agree(in ConnectionTuneOk method)
    {
        Check("frame_max", method.FrameMax, AmqpReader.MinFrameMax, options.FrameMax);
        Check("channel_max", method.ChannelMax, 1, options.ChannelMax);
        FrameMax = (int)method.FrameMax;
        ChannelMax = method.ChannelMax;
        HeartbeatSeconds = method.HeartbeatSeconds;
    }

    /// <exception cref="AmqpProtocolException">530; or 320, the node serves nobody now.</exception>
    public NamespaceId Enter(string virtualHost)
    {
        if (!broker.IsReady)
            throw new AmqpProtocolException(AmqpErrors.NotReady);
        if (broker.FindNamespace(virtualHost) is { } ns && User!.MayEnter(ns))
            return ns;
        throw new AmqpProtocolException(AmqpCode.NotAllowed,
            $"access to vhost '{virtualHost}' refused for user '{User!.UserName}'");
    }

    /// <summary>0 stands for "no limit", which is higher than ours.</summary>
    private static void Check(string field, uint value, int min, int max)
    {
        if (value != 0 && value < min)
            throw Refused(field, value, "lower", "minimum", min);
        if (value == 0 || value > max)
            throw Refused(field, value, "higher", "maximum", max);
    }

    private static AmqpProtocolException Refused(string field, uint value, string than, string bound, int limit) =>
        new(AmqpCode.NotAllowed, $"negotiated {field} = {value} is {than} than the {bound} allowed value ({limit})");
}
