using System.Globalization;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Broker names: one per data group (DESIGN section 6). Group 1 is <c>broker-a</c>, above 26 numbers
/// follow.</summary>
public sealed class RocketMqBrokers(RocketMqOptions options, IRocketMqAddresses addresses)
{
    private const int Letters = 26;

    public string NameOf(GroupId group) => options.BrokerNamePrefix
        + (group.Value <= Letters
            ? ((char)('a' + group.Value - 1)).ToString()
            : group.Value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null when there is no such name.</summary>
    public GroupId? Find(string name)
    {
        foreach (GroupId group in addresses.Groups)
        {
            if (NameOf(group) == name)
                return group;
        }
        return null;
    }

    /// <summary>The two groups that a new topic is spread over: neighbours, so that every client that is sent
    /// to one of them is sent to the same two. A last group without a neighbour goes with the
    /// first.</summary>
    public IReadOnlyList<GroupId> PairOf(GroupId group)
    {
        IReadOnlyList<GroupId> groups = addresses.Groups;
        int at = 0;
        while (at < groups.Count && groups[at] != group)
            at++;
        if (groups.Count < 2 || at == groups.Count)
            return [group];
        int first = at / 2 * 2;
        return first + 1 < groups.Count ? [groups[first], groups[first + 1]] : [groups[0], groups[first]];
    }
}
