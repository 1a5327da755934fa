using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.Groups;
using Cmq.MultiProtocol.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Decision 0018: what a leader says from its state it says when it is known to lead.</summary>
public sealed class LeaderConfirmationTests : IAsyncLifetime
{
    private static readonly GroupId Group = new(1);
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);
    private static readonly NodeIncarnation Asking = new(Two, 1);

    private readonly ManualTime _time = new();
    private readonly RecordingLinks _links = new(One);
    private readonly AnsweringRole _role = new();
    private readonly GroupState _state = new(Group, new RecordingMachine());
    private RaftGroupHost? _host;
    private long _lastRequest;
    private int _read;

    private RaftGroupHost Host => _host!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    [Fact]
    public async Task An_answer_waits_until_a_majority_has_said_that_this_member_leads()
    {
        await LeadAsync(One, Two, Three);
        Ask(1);

        Host.Step();
        Assert.Empty(_role.Answered);
        ulong round = await NextRoundAsync();
        Assert.NotEqual(0UL, round);

        Hear(Reply(Two, round));
        Host.Step();
        Assert.Equal([1L], _role.Answered);
    }

    [Fact]
    public async Task All_that_come_while_a_round_is_under_way_share_the_next()
    {
        await LeadAsync(One, Two, Three);
        Ask(3);
        Host.Step();
        ulong round = await NextRoundAsync();
        Assert.Equal(round, await NextRoundAsync());
        int sent = _links.Count;

        Ask(1);
        Host.Step();
        Ask(1);
        Host.Step();
        Assert.Equal(sent, _links.Count);

        Hear(Reply(Two, round));
        Host.Step();
        Assert.Equal([1L, 2, 3], _role.Answered);
        ulong next = await NextRoundAsync();
        Assert.Equal((next, round + 1), (await NextRoundAsync(), next));
        Assert.Equal(sent + 2, _links.Count);

        // The answer to the round before says nothing of this one.
        Hear(Reply(Two, round));
        Host.Step();
        Assert.Equal(3, _role.Answered.Count);
        Hear(Reply(Two, next));
        Host.Step();
        Assert.Equal([1L, 2, 3, 4, 5], _role.Answered);
    }

    [Fact]
    public async Task A_leader_that_was_deposed_answers_nothing()
    {
        await LeadAsync(One, Two, Three);
        Ask(2);
        Host.Step();
        ulong round = await NextRoundAsync();

        Hear(new RaftMessage { Kind = RaftMessageKind.Heartbeat, From = Three, To = One, Term = 2 });
        Hear(Reply(Two, round));
        Host.Step();

        Assert.Empty(_role.Answered);
        Assert.False(_role.IsActive);
        Assert.Equal(Three, Host.Leader);
    }

    [Fact]
    public async Task A_leader_without_a_majority_gives_up_and_whoever_waits_is_not_answered()
    {
        await LeadAsync(One, Two, Three);
        Ask(1);
        Tick(times: 8);

        Assert.False(_role.IsActive);
        Assert.Empty(_role.Answered);
    }

    [Fact]
    public async Task A_sole_voter_answers_in_the_same_step()
    {
        await LeadAsync(One);
        Ask(2);

        Host.Step();

        Assert.Equal([1L, 2], _role.Answered);
    }

    [Fact]
    public async Task Above_as_many_waiting_answers_as_it_may_have_a_leader_refuses()
    {
        await LeadAsync(One, Two, Three);
        Ask(GroupInbox.MaxRequests);
        Host.Step();
        Assert.Empty(_role.Refused);

        Ask(1);
        Host.Step();
        Assert.Equal([(long)GroupInbox.MaxRequests + 1], _role.Refused);

        Hear(Reply(Two, await NextRoundAsync()));
        Host.Step();
        Assert.Equal(GroupInbox.MaxRequests, _role.Answered.Count);
        Ask(1);
        Host.Step();
        Assert.Single(_role.Refused);
    }

    /// <summary>Makes this member the leader of term 1.</summary>
    private async Task LeadAsync(params NodeId[] voters)
    {
        var services = new NodeServices(
            new NodeIncarnation(One, 1), _links, _time, NullLogger.Instance, new NodeOptions { DataDirectory = "" })
        {
            Runner = static _ => new NoRunner(),
            NextRandom = static _ => 0,
        };
        var store = new InMemoryLogStore(new InMemoryDisk(Guid.NewGuid()));
        Start(new RaftGroupHost(_state, _role, services, store, new GroupMembers(voters, [])));
        Tick(times: voters.Length == 1 ? 1 : 6);
        if (voters.Length > 1)
        {
            Hear(new RaftMessage { Kind = RaftMessageKind.PreVoteReply, From = Two, To = One, Term = 1 });
            Tick(times: 1);
            Hear(new RaftMessage { Kind = RaftMessageKind.VoteReply, From = Two, To = One, Term = 1 });
            Tick(times: 1);
            Hear(new RaftMessage { Kind = RaftMessageKind.AppendReply, From = Two, To = One, Term = 1, Index = 1 });
        }

        for (int i = 0; i < 3; i++)
            Host.Step();
        Assert.True(_role.IsActive);
        while (_links.Count > _read)
            await NextAsync();
    }

    private void Start(RaftGroupHost host)
    {
        _host = host;
        _role.Attach(host);
        host.Start();
    }

    private async Task<RaftMessage> NextAsync()
    {
        (_, PeerMessage message) = await _links.NextAsync();
        _read++;
        Assert.True(RaftMessageCodec.TryRead(message.Payload[sizeof(long)..], out RaftMessage raft));
        return raft;
    }

    /// <summary>The next thing that was sent is a heartbeat.</summary>
    private async Task<ulong> NextRoundAsync()
    {
        RaftMessage next = await NextAsync();
        Assert.Equal(RaftMessageKind.Heartbeat, next.Kind);
        return next.Context;
    }

    private static RaftMessage Reply(NodeId from, ulong round) => new()
    {
        Kind = RaftMessageKind.HeartbeatReply,
        From = from,
        To = One,
        Term = 1,
        Context = round,
    };

    private void Hear(RaftMessage message) => Host.Post(new GroupEvent.Raft(message));

    private void Ask(int requests)
    {
        for (int i = 0; i < requests; i++)
            Host.Post(new GroupEvent.Request(new NodeRequest(Asking, ++_lastRequest, AfterBatch: 0, "?")));
    }

    private void Tick(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _time.Advance(100);
            Host.Step();
        }
    }

    private sealed class NoRunner : IGroupRunner
    {
        public void Start()
        {
        }

        public void Wake()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class AnsweringRole : GroupRole
    {
        public List<long> Answered { get; } = [];

        public List<long> Refused { get; } = [];

        public bool IsActive { get; private set; }

        public override long? NextDeadlineMs => null;

        public override void Activate(long nowMs) => IsActive = true;

        public override void Deactivate() => IsActive = false;

        public override void Applied(long nowMs)
        {
        }

        public override void Handle(in NodeRequest request, long nowMs)
        {
            long number = request.Number;
            Host.WhenConfirmed(() => Answered.Add(number));
        }

        public override void Refuse(in NodeRequest request) => Refused.Add(request.Number);

        public override void Advance(long nowMs)
        {
        }

        public override void Pump(long nowMs)
        {
        }
    }
}
