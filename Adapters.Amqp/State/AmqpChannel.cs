using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>One open channel: takes its frames, hands each method to whom it concerns.</summary>
internal sealed class AmqpChannel : IDisposable
{
    private readonly AmqpLink _link;
    private readonly AmqpConversation _conversation;
    private readonly AmqpPublishing _publishing;
    private readonly AmqpConsuming _consuming;
    private readonly AmqpExchanges _exchanges;
    private readonly AmqpQueues _queues;
    private readonly AmqpConversation.FieldsHandler _receiveMethod;

    /// <param name="id">Never given twice while an answer may be under way; tells answers of a closed channel
    /// from those of the next one with its number.</param>
    public AmqpChannel(ushort number, int id, AmqpLink link, AmqpConversation conversation)
    {
        Number = number;
        Id = id;
        _link = link;
        _conversation = conversation;
        _publishing = new AmqpPublishing(this, link);
        _consuming = new AmqpConsuming(this, link);
        _exchanges = new AmqpExchanges(this, link);
        _queues = new AmqpQueues(this, link);
        _receiveMethod = ReceiveMethod;
    }

    public ushort Number { get; }

    public int Id { get; }

    /// <summary>A method waits for the core; what follows on this channel must not overtake it.</summary>
    public bool IsBusy { get; set; }

    /// <summary>We sent close: everything is dropped until the client agrees.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>The client's own close was answered while ours was under way; its number may come
    /// again.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>Stands for the empty name in later methods.</summary>
    public string LastQueue { get; set; } = "";

    public bool IsConfirming { get; set; }

    public AmqpPublishing Publishing => _publishing;

    /// <summary>The method that is being handled, for the close method of an error.</summary>
    public AmqpMethodId Current { get; private set; }

    public void Send<T>(in T method)
        where T : struct, IAmqpMethod<T>
    {
        if (!IsClosing && _conversation.MaySend)
            _link.Writer.Method(Number, method);
    }

    /// <param name="method">Announces the content.</param>
    /// <param name="properties">Flags and values.</param>
    /// <param name="body">Must not change any more.</param>
    public void SendContent<T>(in T method, ReadOnlySpan<byte> properties, in ReadOnlySequence<byte> body)
        where T : struct, IAmqpMethod<T>
    {
        if (IsClosing || !_conversation.MaySend)
            return;
        _link.Writer.Method(Number, method);
        _link.Writer.Content(Number, properties, body, _link.FrameMax);
    }

    public ulong PublishTag(ulong number) =>
        ((ulong)Id << AmqpPublishing.NumberBits) | (number & ((1UL << AmqpPublishing.NumberBits) - 1));

    public void MarkConfirming()
    {
        if (IsConfirming)
            return;
        IsConfirming = true;
        _conversation.Confirming.Add(this);
    }

    /// <exception cref="AmqpProtocolException">404: none given, none declared.</exception>
    public string QueueName(string given)
    {
        if (given.Length > 0)
            return given;
        return LastQueue.Length > 0
            ? LastQueue
            : throw new AmqpProtocolException(AmqpCode.NotFound, "no previously declared queue");
    }

    /// <summary>Takes a frame; content frames are collected, methods run.</summary>
    public void Receive(in AmqpFrame frame)
    {
        if (IsClosing)
        {
            ReceiveWhileClosing(frame);
            return;
        }
        if (_publishing.Content.IsIdle)
            Current = 0;
        switch (frame.Type)
        {
            case AmqpFrameType.Header:
                _publishing.Header(frame.Payload);
                break;
            case AmqpFrameType.Body:
                _publishing.Body(frame.Payload);
                break;
            default:
                if (!_publishing.Content.IsIdle)
                    _publishing.Content.ThrowUnexpected();
                AmqpConversation.WithFields(frame, _conversation.Strings, _receiveMethod);
                break;
        }
    }

    /// <summary>Closes because of an error: tells the client, drops what it had sent, puts back what it
    /// holds.</summary>
    public void Fail(AmqpError error)
    {
        Send(new ChannelClose(error.Code, error.ReplyText, Current.ClassId, Current.MethodId));
        IsClosing = true;
        _publishing.Dispose();
        _conversation.Run(this, AmqpMethodId.ChannelClose, _consuming.EndAsync());
    }

    /// <summary>Frees buffers; the core takes back the rest with the connection.</summary>
    public void Dispose() => _publishing.Dispose();

    private void ReceiveMethod(AmqpMethodId id, ref AmqpFieldReader fields)
    {
        Current = id;
        switch (id)
        {
            case AmqpMethodId.BasicPublish:
                _publishing.Begin(Read<BasicPublish>(ref fields));
                return;
            case AmqpMethodId.BasicAck:
                var ack = Read<BasicAck>(ref fields);
                _consuming.Settle(ack.DeliveryTag, ack.Multiple, SettleOutcome.Done);
                return;
            case AmqpMethodId.BasicNack:
                var nack = Read<BasicNack>(ref fields);
                _consuming.Settle(nack.DeliveryTag, nack.Multiple, Refusal(nack.Requeue));
                return;
            case AmqpMethodId.BasicReject:
                var reject = Read<BasicReject>(ref fields);
                _consuming.Settle(reject.DeliveryTag, multiple: false, Refusal(reject.Requeue));
                return;
            case AmqpMethodId.BasicQos:
                _consuming.Qos(Read<BasicQos>(ref fields));
                return;
            case AmqpMethodId.BasicRecoverAsync:
                _consuming.Recover(Read<BasicRecoverAsync>(ref fields).Requeue);
                return;
            case AmqpMethodId.BasicRecover:
                _consuming.Recover(Read<BasicRecover>(ref fields).Requeue);
                Send(default(BasicRecoverOk));
                return;
            case AmqpMethodId.ConfirmSelect:
                _publishing.Select(Read<ConfirmSelect>(ref fields));
                return;
            case AmqpMethodId.ChannelFlow:
                if (!Read<ChannelFlow>(ref fields).Active)
                    throw new AmqpProtocolException(AmqpCode.NotImplemented, "active=false");
                Send(new ChannelFlowOk(Active: true));
                return;
            case AmqpMethodId.AccessRequest:
                Read<AccessRequest>(ref fields);
                Send(new AccessRequestOk(Ticket: 1));
                return;
            case AmqpMethodId.ChannelOpen:
                throw new AmqpProtocolException(AmqpCode.ChannelError, "second 'channel.open' seen");
            case AmqpMethodId.TxSelect or AmqpMethodId.TxCommit or AmqpMethodId.TxRollback:
                throw new AmqpProtocolException(AmqpCode.NotImplemented, "transactions (class tx)");
            case AmqpMethodId.BasicCancelOk or AmqpMethodId.ChannelCloseOk or AmqpMethodId.ChannelFlowOk:
                // Answers to what we sent without waiting, or that crossed on their way.
                return;
            default:
                _conversation.Run(this, id, Start(id, ref fields));
                return;
        }
    }

    /// <summary>Methods that may wait for the core.</summary>
    private ValueTask Start(AmqpMethodId id, ref AmqpFieldReader fields) => id switch
    {
        AmqpMethodId.ExchangeDeclare => _exchanges.DeclareAsync(Read<ExchangeDeclare>(ref fields)),
        AmqpMethodId.ExchangeDelete => _exchanges.DeleteAsync(Read<ExchangeDelete>(ref fields)),
        AmqpMethodId.ExchangeBind => _exchanges.BindAsync(Read<ExchangeBind>(ref fields)),
        AmqpMethodId.ExchangeUnbind => _exchanges.UnbindAsync(Read<ExchangeUnbind>(ref fields)),
        AmqpMethodId.QueueDeclare => _queues.DeclareAsync(Read<QueueDeclare>(ref fields)),
        AmqpMethodId.QueueBind => _queues.BindAsync(Read<QueueBind>(ref fields)),
        AmqpMethodId.QueueUnbind => _queues.UnbindAsync(Read<QueueUnbind>(ref fields)),
        AmqpMethodId.QueuePurge => _queues.PurgeAsync(Read<QueuePurge>(ref fields)),
        AmqpMethodId.QueueDelete => _queues.DeleteAsync(Read<QueueDelete>(ref fields)),
        AmqpMethodId.BasicConsume => _consuming.ConsumeAsync(Read<BasicConsume>(ref fields)),
        AmqpMethodId.BasicCancel => _consuming.CancelAsync(Read<BasicCancel>(ref fields)),
        AmqpMethodId.BasicGet => _consuming.GetAsync(Read<BasicGet>(ref fields)),
        AmqpMethodId.ChannelClose => CloseAsync(Read<ChannelClose>(ref fields)),
        _ => throw new AmqpProtocolException(AmqpCode.CommandInvalid, "unimplemented method"),
    };

    private async ValueTask CloseAsync(ChannelClose _)
    {
        _publishing.Dispose();
        await _link.Ask(_consuming.EndAsync());
        Send(default(ChannelCloseOk));
        IsClosing = true;
        _conversation.Forget(this);
    }

    private void ReceiveWhileClosing(in AmqpFrame frame)
    {
        if (frame.Type != AmqpFrameType.Method)
            return;
        AmqpConversation.WithFields(frame, strings: null, (AmqpMethodId id, ref AmqpFieldReader _) =>
        {
            if (id == AmqpMethodId.ChannelCloseOk)
            {
                _conversation.Forget(this);
            }
            else if (id == AmqpMethodId.ChannelClose && _conversation.MaySend)
            {
                _link.Writer.Method(Number, default(ChannelCloseOk));
                IsReusable = true;
            }
        });
    }

    private static T Read<T>(ref AmqpFieldReader fields)
        where T : struct, IAmqpMethod<T>
    {
        T method = T.Read(ref fields);
        fields.End();
        return method;
    }

    private static SettleOutcome Refusal(bool requeue) => requeue ? SettleOutcome.Returned : SettleOutcome.Rejected;
}
