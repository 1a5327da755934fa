using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Tests.Groups;
using Cmq.MultiProtocol.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A group, a step at a time.</summary>
public sealed class GroupHostTests : IAsyncLifetime
{
    private static readonly NodeIncarnation Self = new(new NodeId(1), 1);
    private static readonly NodeIncarnation Other = new(new NodeId(2), 1);

    private readonly ManualTime _time = new();
    private readonly GroupState _state = new(GroupId.LocalOf(Self.Node), new RecordingMachine());
    private RecordingRole _role = null!;
    private HandRunner _runner = null!;
    private LocalGroupHost _host = null!;

    public Task InitializeAsync()
    {
        _role = new RecordingRole(_state);
        (_host, _runner) = Make(_state, _role, _time);
        _role.Attach(_host);
        _host.Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public void What_a_node_says_it_holds_as_of_a_batch_is_taken_before_its_next_batch_is_applied()
    {
        _host.Post(new GroupEvent.Batch(Batch(1)));
        _host.Post(new GroupEvent.Request(new NodeRequest(Other, 0, AfterBatch: 1, new NodeHoldings(default, [], []))));
        _host.Post(new GroupEvent.Batch(Batch(2)));

        _host.Step();

        Assert.Equal([1L], _role.HandledAfter);
        Assert.Equal(2, _state.LastOf(LaneSource.Of(Other)));
    }

    [Fact]
    public void Of_two_announcements_of_a_node_the_later_one_counts()
    {
        _host.Post(new GroupEvent.Request(new NodeRequest(Other, 0, AfterBatch: 1, new NodeHoldings(default, [], []))));
        _host.Post(new GroupEvent.Request(new NodeRequest(Other, 0, AfterBatch: 2, new NodeHoldings(default, [], []))));
        _host.Post(new GroupEvent.Batch(Batch(1)));
        _host.Post(new GroupEvent.Batch(Batch(2)));

        _host.Step();

        Assert.Equal([2L], _role.HandledAfter);
    }

    [Fact]
    public void A_step_says_when_the_next_one_is_due()
    {
        _role.NextDeadline = null;
        Assert.InRange(_host.Step()!.Value, 1, 100);
        Assert.True(_runner.IsStarted);
        Assert.Equal(0, _runner.Wakes);

        _host.Post(new GroupEvent.Batch(Batch(1)));
        Assert.Equal(1, _runner.Wakes);
        _host.Post(new GroupEvent.Batch(Batch(2)));
        Assert.Equal(1, _runner.Wakes);
    }

    [Fact]
    public void A_step_that_fails_is_the_last_one()
    {
        _host.Post(new GroupEvent.Run(() => throw new InvariantException("broken on purpose")));

        Assert.Null(_host.Step());
    }

    private static (LocalGroupHost Host, HandRunner Runner) Make(GroupState state, GroupRole role, TimeProvider time)
    {
        var runner = new HandRunner();
        var services = new NodeServices(
            Self, new RecordingLinks(Self.Node), time, NullLogger.Instance, new NodeOptions { DataDirectory = "" })
        {
            Runner = _ => runner,
        };
        return (new LocalGroupHost(state, role, services), runner);
    }

    private static Memory<byte> Batch(long number)
    {
        var builder = new BatchBuilder();
        builder.Add("x"u8);
        return builder.Seal(BatchKind.Machine, LaneSource.Of(Other), number, 0);
    }

    private sealed class HandRunner : IGroupRunner
    {
        public bool IsStarted { get; private set; }

        public int Wakes { get; private set; }

        public void Start() => IsStarted = true;

        public void Wake() => Wakes++;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class RecordingRole(GroupState state) : GroupRole
    {
        /// <summary>Per request: up to which batch the other node's lane was applied when it was handled.</summary>
        public List<long> HandledAfter { get; } = [];

        public long? NextDeadline { get; set; }

        public override long? NextDeadlineMs => NextDeadline;

        public override void Activate(long nowMs)
        {
        }

        public override void Deactivate()
        {
        }

        public override void Applied(long nowMs)
        {
        }

        public override void Handle(in NodeRequest request, long nowMs) =>
            HandledAfter.Add(state.LastOf(LaneSource.Of(Other)));

        public override void Refuse(in NodeRequest request)
        {
        }

        public override void Advance(long nowMs)
        {
        }

        public override void Pump(long nowMs)
        {
        }
    }
}
