using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <content>Channel 0: logging in, opening a virtual host, closing.</content>
public sealed partial class AmqpConversation
{
    private void ReceiveOnZero(in AmqpFrame frame) => WithFields(frame, strings: null, (id, ref fields) =>
    {
        _current = id;
        switch (Phase, id)
        {
            case (AmqpPhase.Starting, AmqpMethodId.ConnectionStartOk):
                var startOk = ConnectionStartOk.Read(ref fields);
                fields.End();
                Phase = AmqpPhase.Securing;
                Run(null, id, LogInAsync(startOk));
                return;
            case (AmqpPhase.Tuning, AmqpMethodId.ConnectionTuneOk):
                _handshake.Agree(ConnectionTuneOk.Read(ref fields));
                Phase = AmqpPhase.Opening;
                return;
            case (AmqpPhase.Opening, AmqpMethodId.ConnectionOpen):
                Open(ConnectionOpen.Read(ref fields).VirtualHost);
                return;
            case (AmqpPhase.Running, AmqpMethodId.ConnectionUpdateSecret):
                ConnectionUpdateSecret.Read(ref fields);
                _writer.Method(0, default(ConnectionUpdateSecretOk));
                return;
            case (AmqpPhase.Tuning or AmqpPhase.Opening or AmqpPhase.Running, AmqpMethodId.ConnectionClose):
                // Not among what runs: it waits for all of that.
                _ = FinishAsync(null, id, CloseAsync());
                return;
            case (AmqpPhase.Closing, AmqpMethodId.ConnectionClose):
                _writer.Method(0, default(ConnectionCloseOk));
                return;
            case (AmqpPhase.Closing, AmqpMethodId.ConnectionCloseOk):
                Phase = AmqpPhase.Closed;
                return;
            case (AmqpPhase.Closing or AmqpPhase.Refused or AmqpPhase.Closed, _):
                return;
            default:
                throw new AmqpProtocolException(AmqpCode.ChannelError,
                    $"unexpected method in connection state {Phase.ToString().ToLowerInvariant()}");
        }
    });

    private async ValueTask LogInAsync(ConnectionStartOk method)
    {
        Identity? user = await new AmqpResume<Identity?>(_handshake.LogInAsync(method, _stopping.Token), _turns);
        if (user is not null)
        {
            _handshake.LoggedIn(user);
            _writer.Method(0, _handshake.Tune);
            Phase = AmqpPhase.Tuning;
            return;
        }
        if (!_broker.IsReady)
            SendClose(0, AmqpErrors.NotReady);
        else if (_handshake.ToldOfRefusal)
            SendClose(0, _handshake.LoginRefused);
        else
            Refuse(_handshake.LoginRefused);
    }

    private void Open(string virtualHost)
    {
        NamespaceId ns = _handshake.Enter(virtualHost);
        Identity user = _handshake.User!;
        IBrokerConnection connection =
            _broker.Connect(new ConnectionOptions(user, ns, "AMQP 0-9-1", _peer.Name, _sink)
            {
                // Without confirms nobody would hear of a refusal; this protocol has words for holding back.
                WaitsForSpace = true,
            });
        _link = new AmqpLink(_broker, connection, new AmqpVirtualHost(virtualHost, ns, user, connection), _options,
            _writer, _turns, new SettleBatch(connection), new AmqpMapping(_broker), FrameMax,
            _handshake.CancelNotify, _newName, _stopping.Token)
        {
            OnPublish = OnPublish,
        };
        Phase = AmqpPhase.Running;
        _writer.Method(0, default(ConnectionOpenOk));
    }

    private async ValueTask CloseAsync()
    {
        Phase = AmqpPhase.Closing;
        await new AmqpResume(new ValueTask(StopAsync()), _turns);
        _writer.Method(0, default(ConnectionCloseOk));
        Phase = AmqpPhase.Closed;
    }

    /// <summary>A stranger is not told why, and kept waiting so that guessing is slow.</summary>
    private void Refuse(AmqpError error)
    {
        OnError?.Invoke(0, error);
        Phase = AmqpPhase.Refused;
    }
}
