using System.Text;
using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>A cluster whose network, disks and processes fail as one seed says.</summary>
internal sealed class FaultyCluster
{
    private readonly Random _random;
    private readonly List<Member> _members = [];
    private readonly List<RaftMessage> _network = [];
    private readonly SafetyChecker _checker;
    private readonly HashSet<(NodeId, NodeId)> _cut = [];
    private readonly List<(NodeId From, NodeId To)> _transfers = [];
    private readonly Dictionary<(NodeId Leader, long Restarts, ulong Context), long> _reads = [];
    private readonly double _lossRate;
    private int _proposals;
    private int _disks;
    private long _lastChange;
    private ulong _contexts;
    private bool _isHealed;

    public FaultyCluster(int seed)
    {
        _random = new Random(seed);
        _lossRate = _random.NextDouble() * 0.2;
        int voters = _random.Next(3) switch { 0 => 2, 1 => 3, _ => 5 };
        int learners = _random.Next(2);
        NodeId[] ids = [.. Enumerable.Range(1, voters + learners).Select(id => new NodeId(id))];
        // Those that come later know nobody yet.
        int strangers = _random.Next(3);
        Replica[] replicas = [.. ids.Select(id => new Replica(id, NewDisk()))];
        var members = new GroupMembers(ids[..voters], ids[voters..]) { Replicas = replicas };
        for (int number = 1; number <= ids.Length + strangers; number++)
        {
            var id = new NodeId(number);
            bool isFirst = members.Contains(id);
            var options = new RaftOptions
            {
                Self = id,
                Store = isFirst ? members.StoreOf(id) : NewDisk(),
                MaxMessageBytes = 100,
                MaxInflightMessages = 4,
                MaxInflightBytes = 300,
                MaxUncommittedBytes = 600,
                MaxApplyBytes = 150,
            };
            _members.Add(new Member(options, isFirst ? members : GroupMembers.None, _random.Next, Send));
        }
        _checker = new SafetyChecker(_members, members);
        foreach (Member member in _members)
            member.Start();
    }

    public int CommittedEntries => _checker.CommittedEntries;

    public int SnapshotsInstalled { get; private set; }

    public int ReadsConfirmed { get; private set; }

    public int ChangesProposed { get; private set; }

    public int DisksReplaced { get; private set; }

    public string Fingerprint => string.Join('\n', _members.Select(member => string.Join(' ', member.State)));

    public void RunWithFaults(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Act(_members[_random.Next(_members.Count)], _random.Next(2000));
            _checker.Check();
        }
    }

    /// <summary>Faults end: then a leader must be found, and everybody must get everything.</summary>
    public void HealAndConverge()
    {
        _isHealed = true;
        _cut.Clear();
        foreach (Member member in _members.Where(member => !member.IsUp))
            member.Start();
        for (int round = 0; round < 300; round++)
        {
            foreach (Member member in _members)
            {
                member.Node.Tick();

                // One that was to stay is left by hand.
                member.Node.TryLeaveJoint(out _);
            }
            Settle();
            _checker.Check();
        }
        Member leader = Assert.Single(_members, member => member.Node.Role == RaftRole.Leader);
        Assert.True(leader.Node.TryPropose(EntryKind.Batch, Encoding.UTF8.GetBytes("last"), out long index));
        Settle();
        for (int round = 0; round < 3; round++)
        {
            leader.Node.Tick();
            Settle();
        }
        _checker.Check();
        GroupMembers last = leader.Node.Members;
        Assert.False(last.IsJoint);
        Member[] present = [.. _members.Where(member => last.Contains(member.Id))];
        Assert.All(present, member => Assert.Equal(index, member.AppliedIndex));
        Assert.All(present, member => Assert.Equal(leader.State, member.State));
    }

    private void Act(Member member, int dice)
    {
        if (!member.IsUp)
        {
            if (dice < 200)
                member.Start();
            return;
        }
        switch (dice)
        {
            case < 60: member.Node.Tick(); break;
            case < 960: DeliverOne(); break;
            case < 1360: TakeReady(member); break;
            case < 1700: Store(member); break;
            case < 1904: Propose(member); break;
            case < 1944: Read(member); break;
            case < 1964: TakeSnapshot(member); break;
            case < 1978: FinishTransfer(); break;
            case < 1980: Cut(); break;
            case < 1985: _cut.Clear(); break;
            case < 1988: Crash(member); break;
            case < 1989: member.Node.TransferLeadership(Anyone()); break;
            case < 1990: member.Node.PeerDisconnected(Anyone()); break;
            case < 1991: member.Node.ReportUnreachable(Anyone()); break;
            case < 1992: member.Node.Campaign(); break;
            default: ChangeMembers(); break;
        }
    }

    /// <summary>Whoever believes to lead proposes: takes somebody in, promotes, demotes or removes; now and then a
    /// joint configuration stays for a while.</summary>
    private void ChangeMembers()
    {
        if (_members.Find(member => member.IsUp && member.Node.Role == RaftRole.Leader) is not { } leader)
            return;
        if (_random.Next(3) == 0)
            ReplaceDisk();
        if (!leader.IsUp || leader.Node.TryLeaveJoint(out _))
            return;
        NodeId[] voters = [.. _members.Select(member => member.Id).Where(_ => _random.Next(3) > 0)];
        NodeId[] others = [.. _members.Select(member => member.Id).Except(voters).Where(_ => _random.Next(2) > 0)];

        // A stranger has to learn before it votes, else a change could take the group's quorum away for long.
        NodeId[] ready = [.. voters.Where(leader.Node.Members.Contains)];
        NodeId[] learners = [.. others.Union(voters.Except(ready)).OrderBy(id => id.Value)];
        GroupMembers now = leader.Node.Members;
        var target = new GroupMembers(ready, learners)
        {
            Replicas = [.. ready.Concat(learners).Select(id => new Replica(
                id, now.Contains(id) ? now.StoreOf(id) : Find(id).Store))],
        };
        if (ready.Length > 0
            && leader.Node.TryProposeMembers(target, out long index, autoLeave: _random.Next(4) > 0))
        {
            _lastChange = Math.Max(_lastChange, index);
            ChangesProposed++;
        }
    }

    /// <summary>A member that has left, and is not about to come back, loses its disk. Some may not have heard that it
    /// has left; but a majority has, else the others would need its vote to learn it.</summary>
    private void ReplaceDisk()
    {
        GroupMembers newest = _checker.Newest;
        int informed = _members.Count(member => newest.Voters.Contains(member.Id) && member.IsUp
            && Trace.Of(member.Node.Members) == Trace.Of(newest));
        if (newest.IsChanging || _checker.NewestAt < _lastChange || informed <= newest.Voters.Count / 2
            || _members.Find(member => !newest.Contains(member.Id)) is not { } left)
        {
            return;
        }
        if (left.IsUp)
            Crash(left);
        left.Wipe(NewDisk());
        _checker.Forget(left);
        DisksReplaced++;
    }

    private Guid NewDisk() => new(++_disks, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private void Send(RaftMessage message)
    {
        if (_isHealed || _random.NextDouble() >= _lossRate)
            _network.Add(message);
        if (!_isHealed && _random.NextDouble() < 0.05)
            _network.Add(message);
    }

    private void DeliverOne()
    {
        if (_network.Count == 0)
            return;

        // Mostly in order, sometimes not.
        int index = _isHealed || _random.Next(4) > 0 ? 0 : _random.Next(_network.Count);
        RaftMessage message = _network[index];
        _network.RemoveAt(index);
        Member to = Find(message.To);
        if (!to.IsUp || _cut.Contains((message.From, message.To)))
            return;
        to.Receive(message);
    }

    private void TakeReady(Member member)
    {
        if (!member.Node.HasReady)
            return;
        Ready ready = member.TakeReady();
        foreach (NodeId follower in ready.NeedSnapshot)
            _transfers.Add((member.Id, follower));
        foreach (ReadState read in ready.ReadStates)
        {
            long committedBefore = _reads[(member.Id, member.Restarts, read.Context)];
            Assert.True(read.Index >= committedBefore, "A read would miss what was committed before it.");
            ReadsConfirmed++;
        }
    }

    private void Store(Member member) => member.FinishWrites(_random.Next(member.WritesUnderWay + 1));

    private void Propose(Member member)
    {
        string text = $"p{_proposals++}" + new string('x', _random.Next(60));
        member.Node.TryPropose(EntryKind.Batch, Encoding.UTF8.GetBytes(text), out _);
    }

    private void Read(Member member)
    {
        if (member.Node.TryReadIndex(++_contexts))
            _reads[(member.Id, member.Restarts, _contexts)] = _checker.CommittedEntries;
    }

    private void TakeSnapshot(Member member)
    {
        long snapshot = member.Log.Snapshot?.Index ?? 0;
        if (member.AppliedIndex > snapshot)
            member.TakeSnapshot(cutTo: snapshot + 1 + _random.NextInt64(member.AppliedIndex - snapshot));
    }

    private void FinishTransfer()
    {
        if (_transfers.Count == 0)
            return;
        var (from, to) = _transfers[0];
        _transfers.RemoveAt(0);
        Member leader = Find(from);
        Member follower = Find(to);
        if (!leader.IsUp)
            return;
        bool ok = follower.IsUp && leader.Log.Snapshot is not null && (_isHealed || _random.Next(4) > 0);
        if (ok && follower.Install(leader.Log.Snapshot!, leader.SnapshotState))
        {
            SnapshotsInstalled++;

            // Between the snapshot and the hard state that follows it.
            if (!_isHealed && _random.Next(4) == 0)
                Crash(follower);
        }
        leader.Node.ReportSnapshot(to, ok);
    }

    private void Cut()
    {
        NodeId alone = Anyone();
        bool isOneWay = _random.Next(3) == 0;
        foreach (NodeId other in _members.Select(member => member.Id))
        {
            _cut.Add((alone, other));
            if (!isOneWay)
                _cut.Add((other, alone));
        }
    }

    private void Crash(Member member)
    {
        member.Crash(_random.Next(member.WritesUnderWay + 1));

        // What is on the wire may still arrive; only the connection's newest part is sure to be lost.
        _network.RemoveAll(message => message.From == member.Id && _random.Next(2) == 0);
        _checker.Forget(member);
    }

    private void Settle()
    {
        bool isMoving = true;
        while (isMoving)
        {
            isMoving = _network.Count > 0 || _transfers.Count > 0;
            DeliverOne();

            // What is committed is held against the configuration that it was committed by, before that is left.
            _checker.CheckCommitted();
            FinishTransfer();
            foreach (Member member in _members)
            {
                while (member.Node.HasReady)
                {
                    isMoving = true;
                    TakeReady(member);
                }
                member.FinishWrites(member.WritesUnderWay);
                _checker.CheckCommitted();
                isMoving |= member.Node.HasReady;
            }
        }
    }

    private Member Find(NodeId id) => _members[id.Value - 1];

    private NodeId Anyone() => _members[_random.Next(_members.Count)].Id;
}
