using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>Log time, Unix ms, as the entries say that were applied: what a leader goes by is never behind it. Wall clocks
/// jump in these worlds, and with them now and then the log's.</summary>
internal sealed class LogTimes(Agenda agenda)
{
    private readonly Dictionary<(NodeId, GroupId), List<(long AtUs, long Ms)>> _known = [];
    private readonly Dictionary<GroupId, long> _latest = [];

    /// <summary>A node has applied something of that time.</summary>
    public void Applied(NodeId node, GroupId group, long ms)
    {
        if (group.IsLocal)
            return;
        if (!_known.TryGetValue((node, group), out List<(long AtUs, long Ms)>? known))
            _known.Add((node, group), known = []);
        if (known.Count == 0 || known[^1].Ms < ms)
            known.Add((agenda.NowUs, ms));
        _latest[group] = Math.Max(Latest(group), ms);
    }

    /// <summary>The latest that any node has applied; 0 = nothing.</summary>
    public long Latest(GroupId group) => _latest.GetValueOrDefault(group);

    /// <summary>The latest that a node had applied at some moment; 0 = nothing.</summary>
    public long Of(NodeId node, GroupId group, long atUs)
    {
        if (!_known.TryGetValue((node, group), out List<(long AtUs, long Ms)>? known))
            return 0;
        int last = known.FindLastIndex(one => one.AtUs <= atUs);
        return last < 0 ? 0 : known[last].Ms;
    }
}
