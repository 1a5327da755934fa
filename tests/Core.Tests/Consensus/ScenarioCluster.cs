using System.Text;
using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>
/// Runs the commands of a scenario file on members joined by an in-memory network that keeps its order, and
/// writes down what happens. The commands are listed in Scenarios/README.md.
/// </summary>
internal sealed class ScenarioCluster
{
    // A scenario that does not come to rest is wrong; this many steps are far more than any needs.
    private const int MaxSteps = 10_000;

    private readonly SortedDictionary<int, Member> _members = [];
    private readonly List<RaftMessage> _network = [];
    private readonly HashSet<(int, int)> _cut = [];
    private readonly HashSet<int> _held = [];
    private readonly Dictionary<int, string> _shown = [];
    private readonly Dictionary<int, string> _shownMembers = [];
    private readonly List<string> _trace = [];
    private string[] _settings = [];
    private int _disks;
    private bool _isQuiet;

    public string Run(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Execute(words[0], words[1..]);
        ShowChanges();
        string trace = string.Join('\n', _trace);
        _trace.Clear();
        return trace.Length == 0 ? "ok" : trace;
    }

    private void Execute(string command, string[] arguments)
    {
        switch (command)
        {
            case "cluster": Create(arguments); break;
            case "join": Join(int.Parse(arguments[0])); break;
            case "wipe": _members[int.Parse(arguments[0])].Wipe(NewDisk()); break;
            case "member": Prepare(arguments); break;
            case "start": Start(arguments); break;
            case "crash": Crash(int.Parse(arguments[0]), arguments[1..]); break;
            case "tick": Tick(arguments); break;
            case "campaign": Node(arguments[0]).Campaign(); break;
            case "propose": Propose(Node(arguments[0]), arguments[1..]); break;
            case "read": Read(Node(arguments[0]), ulong.Parse(arguments[1])); break;
            case "change": Change(Node(arguments[0]), arguments[1..]); break;
            case "leave": Leave(Node(arguments[0])); break;
            case "progress": ShowProgress(Node(arguments[0])); break;
            case "transfer": Node(arguments[0]).TransferLeadership(Id(arguments[1])); break;
            case "disconnect": Node(arguments[0]).PeerDisconnected(Id(arguments[1])); break;
            case "unreachable": Node(arguments[0]).ReportUnreachable(Id(arguments[1])); break;
            case "ready": TakeReady(_members[int.Parse(arguments[0])]); break;
            case "deliver": Deliver(arguments); break;
            case "run": Run(isQuiet: arguments is ["quiet"]); break;
            case "cut": Cut(arguments, isCut: true); break;
            case "heal": Cut(arguments, isCut: false); break;
            case "lose": Lose(arguments); break;
            case "hold": _held.Add(int.Parse(arguments[0])); break;
            case "store": Store(_members[int.Parse(arguments[0])], int.Parse(arguments[1])); break;
            case "release": Release(int.Parse(arguments[0])); break;
            case "compact": Compact(int.Parse(arguments[0]), long.Parse(arguments[1])); break;
            case "snapshot": SendSnapshot(arguments); break;
            case "status": Status(); break;
            case "state": Say(string.Join(' ', _members[int.Parse(arguments[0])].State)); break;
            case "log": ShowLog(_members[int.Parse(arguments[0])]); break;
            default: throw new ArgumentException($"There is no command '{command}'.");
        }
    }

    private void Create(string[] arguments)
    {
        int voters = int.Parse(arguments[0]);
        int learners = Value(arguments, "learners", 0);
        NodeId[] ids = [.. Enumerable.Range(1, voters + learners).Select(id => new NodeId(id))];
        _settings = arguments;
        Replica[] replicas = [.. ids.Select(id => new Replica(id, NewDisk())).Where(_ => HasDisks)];
        var members = new GroupMembers(ids[..voters], ids[voters..]) { Replicas = replicas };
        foreach (NodeId id in ids)
            Add(id, members.StoreOf(id), members);
    }

    /// <summary>A new replica: it knows nobody, and nobody knows it.</summary>
    private void Join(int id) => Add(new NodeId(id), NewDisk(), GroupMembers.None);

    private void Add(NodeId id, Guid store, GroupMembers members)
    {
        var options = new RaftOptions
        {
            Self = id,
            Store = store,
            MaxMessageBytes = Value(_settings, "message", 1 << 20),
            MaxInflightMessages = Value(_settings, "inflight", 256),
            MaxInflightBytes = Value(_settings, "inflightBytes", 8 << 20),
            MaxUncommittedBytes = Value(_settings, "uncommitted", 32 << 20),
            MaxApplyBytes = Value(_settings, "apply", 4 << 20),
        };

        // Fixed, and different for each: member 1 waits 7 ticks for a leader, 2 waits 8, 3 waits 9, 4 waits 10.
        _members[id.Value] = new Member(options, members, limit => id.Value * 7 % limit, _network.Add);
        _shownMembers[id.Value] = Trace.Of(members);
    }

    private bool HasDisks => _settings.Contains("disks");

    private Guid NewDisk() => HasDisks ? new Guid(++_disks, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]) : Guid.Empty;

    private void Prepare(string[] arguments)
    {
        Member member = _members[int.Parse(arguments[0])];
        string log = Word(arguments, "log") ?? "";
        IEnumerable<long> terms = log.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse);
        member.Log.Write(
            [.. terms.Select((term, i) => new Entry(i + 1, term, EntryKind.Batch, Bytes($"t{term}")))]);
        var vote = new NodeId(Value(arguments, "vote", 0));
        member.Durable = new HardState(Value(arguments, "term", 0), vote, Value(arguments, "commit", 0));
    }

    private void Start(string[] ids)
    {
        foreach (int id in ids.Length == 0 ? [.. _members.Keys] : ids.Select(int.Parse))
            _members[id].Start();
    }

    private void Crash(int id, string[] writesThatLast)
    {
        _members[id].Crash(writesThatLast.Select(int.Parse).SingleOrDefault());
        _network.RemoveAll(message => message.From.Value == id || message.To.Value == id);
        Say($"{id} is down");
    }

    private void Tick(string[] arguments)
    {
        int times = arguments.Length > 1 ? int.Parse(arguments[1]) : 1;
        for (int i = 0; i < times; i++)
            Node(arguments[0]).Tick();
    }

    private void Propose(RaftNode node, string[] texts)
    {
        foreach (string text in texts)
        {
            string payload = text.StartsWith('*') ? new string('x', int.Parse(text[1..])) : text;
            Say(node.TryPropose(EntryKind.Batch, Bytes(payload), out long index) ? $"at {index}" : "refused");
        }
    }

    private void Read(RaftNode node, ulong context) => Say(node.TryReadIndex(context) ? "taken" : "refused");

    private void Change(RaftNode node, string[] arguments)
    {
        NodeId[] voters = Ids(arguments, "voters");
        NodeId[] learners = Ids(arguments, "learners");
        var target = new GroupMembers(voters, learners)
        {
            Replicas = [.. voters.Concat(learners).Where(_ => HasDisks)
                .Select(id => new Replica(id, _members[id.Value].Store))],
        };
        bool autoLeave = !arguments.Contains("stay");
        Say(node.TryProposeMembers(target, out long index, autoLeave) ? $"at {index}" : "refused");
    }

    private void Leave(RaftNode node) => Say(node.TryLeaveJoint(out long index) ? $"at {index}" : "refused");

    private void ShowProgress(RaftNode node)
    {
        foreach (MemberProgress member in node.ListProgress())
        {
            Say($"{member.Node}: match={member.Match}{(member.IsLearner ? " learner" : "")}"
                + (member.IsActive ? "" : " silent") + (member.NeedsSnapshot ? " snapshot" : ""));
        }
    }

    private void TakeReady(Member member)
    {
        Ready ready = member.TakeReady();
        string writes = (ready.HardState is { } state ? $" {Trace.Of(state)}" : "")
            + (ready.Entries.Count > 0 ? $" {Trace.Of(ready.Entries)}" : "");
        if (writes.Length > 0)
            Note($"{member.Id} writes #{ready.Number}{writes}");
        if (ready.Committed.Count > 0)
            Note($"{member.Id} applies {Trace.Of(ready.Committed)}");
        foreach (ReadState read in ready.ReadStates)
            Say($"{member.Id} may read {read.Context} at {read.Index}");
        foreach (NodeId follower in ready.NeedSnapshot)
            Say($"{member.Id} has to send a snapshot to {follower}");
        if (!_held.Contains(member.Id.Value))
            Store(member, member.WritesUnderWay);
    }

    private void Store(Member member, int count)
    {
        foreach (Ready ready in member.FinishWrites(count))
        {
            if (_held.Contains(member.Id.Value))
                Note($"{member.Id} stored #{ready.Number}");
        }
    }

    private void Release(int id)
    {
        _held.Remove(id);
        Store(_members[id], _members[id].WritesUnderWay);
    }

    private void Run(bool isQuiet)
    {
        _isQuiet = isQuiet;
        for (int step = 0; TakeAllReadys() | DeliverFirst(_ => true); step++)
            Assert.True(step < MaxSteps, "The scenario does not come to rest.");
        _isQuiet = false;
    }

    private bool TakeAllReadys()
    {
        bool any = false;
        foreach (Member member in _members.Values)
        {
            while (member.IsUp && member.Node.HasReady)
            {
                TakeReady(member);
                any = true;
            }
            ShowChanges();
        }
        return any;
    }

    private void Deliver(string[] arguments)
    {
        int from = int.Parse(arguments[0]);
        int to = int.Parse(arguments[1]);
        while (DeliverFirst(message => message.From.Value == from && message.To.Value == to))
            continue;
    }

    private bool DeliverFirst(Predicate<RaftMessage> which)
    {
        int index = _network.FindIndex(which);
        if (index < 0)
            return false;
        RaftMessage message = _network[index];
        _network.RemoveAt(index);
        Member to = _members[message.To.Value];
        bool isLost = !to.IsUp || _cut.Contains((message.From.Value, message.To.Value));
        Note(Trace.Of(message) + (isLost ? " (lost)" : ""));
        if (!isLost)
            to.Receive(message);
        ShowChanges();
        return true;
    }

    /// <summary>"1 2" both ways between two, "1" between one and all others, nothing: everywhere.</summary>
    private void Cut(string[] arguments, bool isCut)
    {
        int[] ids = [.. arguments.Select(int.Parse)];
        foreach (int from in _members.Keys)
        {
            foreach (int to in _members.Keys)
            {
                bool isMeant = ids.Length switch
                {
                    0 => true,
                    1 => from == ids[0] || to == ids[0],
                    _ => (from == ids[0] && to == ids[1]) || (from == ids[1] && to == ids[0]),
                };
                if (isMeant && isCut)
                    _cut.Add((from, to));
                else if (isMeant)
                    _cut.Remove((from, to));
            }
        }
    }

    private void Lose(string[] arguments)
    {
        int from = int.Parse(arguments[0]);
        int to = int.Parse(arguments[1]);
        foreach (RaftMessage message in _network.Where(m => m.From.Value == from && m.To.Value == to))
            Say($"{Trace.Of(message)} (lost)");
        _network.RemoveAll(message => message.From.Value == from && message.To.Value == to);
    }

    private void Compact(int id, long cutTo)
    {
        Member member = _members[id];
        member.TakeSnapshot(cutTo);
        Say($"{id} has a snapshot at {member.Log.Snapshot!.Index}, log from {member.Log.FirstIndex}");
    }

    private void SendSnapshot(string[] arguments)
    {
        int from = int.Parse(arguments[0]);
        int to = int.Parse(arguments[1]);
        SnapshotMark mark = _members[from].Log.Snapshot!;
        if (arguments is [.., "fails"])
        {
            _members[from].Node.ReportSnapshot(new NodeId(to), ok: false);
            return;
        }
        bool installed = _members[to].Install(mark, _members[from].SnapshotState);
        Say($"{to} {(installed ? "installs" : "does not need")} the snapshot at {mark.Index}/{mark.Term}");
        _members[from].Node.ReportSnapshot(new NodeId(to), ok: true);
    }

    private void Status()
    {
        foreach (Member member in _members.Values)
            Say($"{member.Id}: {(member.IsUp ? Trace.Of(member.Node) : "down")}");
    }

    private void ShowLog(Member member) => Say(member.Log.LastIndex < member.Log.FirstIndex
        ? "empty"
        : Trace.Of(member.Log.Read(member.Log.FirstIndex, member.Log.LastIndex, int.MaxValue)));

    private void ShowChanges()
    {
        foreach (Member member in _members.Values)
        {
            if (!member.IsUp)
                continue;
            ShowMembers(member);
            string state = $"{member.Node.Role} term={member.Node.Term} leader={member.Node.Leader}";
            if (_shown.TryGetValue(member.Id.Value, out string? before) && before == state)
                continue;
            _shown[member.Id.Value] = state;
            Say($"{member.Id} is {state}");
        }
    }

    private void ShowMembers(Member member)
    {
        string members = Trace.Of(member.Node.Members);
        if (_shownMembers[member.Id.Value] == members)
            return;
        _shownMembers[member.Id.Value] = members;
        Say($"{member.Id} goes by {members}");
    }

    private void Say(string line) => _trace.Add(line);

    private void Note(string line)
    {
        if (!_isQuiet)
            _trace.Add(line);
    }

    private RaftNode Node(string id) => _members[int.Parse(id)].Node;

    private static NodeId Id(string id) => new(int.Parse(id));

    private static NodeId[] Ids(string[] arguments, string name) =>
        [.. (Word(arguments, name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Id)];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static int Value(string[] arguments, string name, int otherwise)
        => Word(arguments, name) is { } value ? int.Parse(value) : otherwise;

    private static string? Word(string[] arguments, string name)
    {
        string prefix = name + "=";
        return Array.Find(arguments, word => word.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }
}
