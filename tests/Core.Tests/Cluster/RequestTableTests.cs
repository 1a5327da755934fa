using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class RequestTableTests
{
    private static readonly NodeIncarnation Life = new(new NodeId(1), 1);

    private readonly List<NodeRequest> _sent = [];
    private readonly RequestTable _table;
    private Action _whileSending = () => { };
    private bool _reachable = true;

    public RequestTableTests() => _table = new RequestTable(() => Life, Send, TimeProvider.System);

    [Fact]
    public async Task A_tick_in_the_middle_of_sending_does_not_send_a_second_time()
    {
        _whileSending = _table.SendLeft;

        ValueTask<object?> asking = Ask();

        NodeRequest request = Assert.Single(_sent);
        _table.Responded(request.Number, Reply.Ok);
        Assert.Equal(Reply.Ok, await asking);
    }

    [Fact]
    public async Task What_could_not_be_sent_is_sent_by_a_later_tick_and_only_once()
    {
        _reachable = false;
        ValueTask<object?> asking = Ask();
        _sent.Clear();

        _reachable = true;
        _table.SendLeft();
        _table.SendLeft();

        _table.Responded(Assert.Single(_sent).Number, Reply.Ok);
        Assert.Equal(Reply.Ok, await asking);
    }

    [Fact]
    public async Task A_new_leader_is_asked_again()
    {
        ValueTask<object?> asking = Ask();

        _table.SendAgain(GroupId.Directory);

        Assert.Equal(2, _sent.Count);
        _table.Responded(_sent[1].Number, Reply.Ok);
        Assert.Equal(Reply.Ok, await asking);
    }

    [Fact]
    public void A_leader_knows_a_request_that_comes_twice()
    {
        var recent = new RecentRequests();

        Assert.True(recent.TryAdd(new RequestId(Life, 1)));
        Assert.True(recent.TryAdd(new RequestId(Life, 2)));
        Assert.False(recent.TryAdd(new RequestId(Life, 1)));
        recent.Clear();
        Assert.True(recent.TryAdd(new RequestId(Life, 1)));
    }

    private ValueTask<object?> Ask() => _table.AskAsync(
        GroupId.Directory, 0, new DirectoryAsk.Leave(), TimeSpan.FromSeconds(20), CancellationToken.None);

    private bool Send(GroupId group, NodeRequest request)
    {
        _sent.Add(request);
        _whileSending();
        return _reachable;
    }
}
