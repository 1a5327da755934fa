using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>A conversation fed by hand: requests in, answers out, all on the test's thread.</summary>
internal sealed class Talk : IGroupMemberSink, IRocketMqTurns, IRocketMqChannel, IDisposable
{
    private readonly Queue<Action> _inbox = [];
    private int _opaque;

    public Talk(RocketMqDoor door, int group, IPAddress? from = null)
    {
        Group = new GroupId(group);
        StoreHost = new RocketMqEndPoint(0x7F000001, group == 0 ? 0 : door.Addresses.PortOf(Group));
        var peer = new RocketMqPeer(
            "client -> server", from ?? IPAddress.Loopback, new RocketMqEndPoint(0x7F000001, 40_000), IPAddress.Loopback, Group);
        Conversation = new RocketMqConversation(door, peer, this, this, this, Answers.Enqueue) { OnFault = Faults.Add };
    }

    public RocketMqConversation Conversation { get; }

    public Queue<RocketMqCommand> Answers { get; } = [];

    public List<Exception> Faults { get; } = [];

    /// <summary>Requests of the server to this client.</summary>
    public List<(RocketMqRequestCode Code, RocketMqFields Fields, ReadOnlyMemory<byte> Body)> Told { get; } = [];

    /// <summary>What the client answers when it is asked.</summary>
    public RocketMqCommand? ClientAnswer { get; set; }

    public string Address => "127.0.0.1:40000";

    public GroupId Group { get; }

    public RocketMqEndPoint StoreHost { get; }

    /// <summary>Sends a request and gives its answer, which must be there at once.</summary>
    public RocketMqCommand Ask(RocketMqRequestCode code, IRocketMqHeader? header, string body = "")
    {
        Begin(code, header is null ? null : RocketMqFields.Of(header), body);
        return Answer();
    }

    public RocketMqCommand Send(SendMessageRequest request, string body = "body")
    {
        var fields = new RocketMqFields();
        request.Write(fields, shortNames: true);
        Begin(RocketMqRequestCode.SendMessageV2, fields, body);
        return Answer();
    }

    /// <summary>Sends a request without waiting.</summary>
    public void Begin(RocketMqRequestCode code, RocketMqFields? fields, string body = "", int flag = 0)
    {
        Receive(new RocketMqCommand((int)code, ++_opaque, flag) { Fields = fields, Body = Encoding.UTF8.GetBytes(body) });
    }

    public void Receive(RocketMqCommand command)
    {
        Stay();
        Conversation.Receive(command);
        Run();
    }

    public RocketMqCommand Answer()
    {
        Assert.Empty(Faults);
        RocketMqCommand answer = Assert.Single(Answers);
        Answers.Clear();
        Assert.True(answer.IsResponse);
        Assert.Equal(_opaque, answer.Opaque);
        return answer;
    }

    /// <summary>Lets turns run until there is none.</summary>
    public void Run()
    {
        Stay();
        while (_inbox.TryDequeue(out Action? turn))
            turn();
    }

    /// <summary>Runs the turns that are there now, not those that they make.</summary>
    public void RunOnce()
    {
        Stay();
        for (int turns = _inbox.Count; turns > 0; turns--)
            _inbox.Dequeue()();
    }

    /// <summary>The runner's context would take continuations to other threads; everything is to run where it
    /// is fed.</summary>
    private static void Stay() => SynchronizationContext.SetSynchronizationContext(null);

    public void Post(Action turn) => _inbox.Enqueue(turn);

    /// <summary>Who hears of publishes instead of the conversation.</summary>
    public Action<ulong, PublishOutcome>? OnPublished { get; set; }

    public void Published(ulong tag, PublishOutcome outcome) =>
        Post(() => (OnPublished ?? Conversation.Published)(tag, outcome));

    public void GroupChanged(string group) => Post(() => Conversation.GroupChanged(group));

    public void Delivered(Delivery delivery) => throw new NotSupportedException();

    public void Cancelled(int consumer) => throw new NotSupportedException();

    public void Flush()
    {
        // Everything runs when the test says so.
    }

    public void Blocked(string? reason) => throw new NotSupportedException();

    public void Closing(string reason) => throw new NotSupportedException();

    public void Tell(RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body) =>
        Told.Add((code, RocketMqFields.Of(header), body));

    public Task<RocketMqCommand?> AskAsync(RocketMqRequestCode code, IRocketMqHeader header, ReadOnlyMemory<byte> body)
    {
        Tell(code, header, body);
        return Task.FromResult(ClientAnswer);
    }

    public void Dispose() => Conversation.Dispose();
}
