using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Reads last values at the leaders of their groups.</summary>
internal sealed class ConnectionLastValues(NodeLife life) : ILastValues
{
    public async ValueTask<(Reply Reply, IReadOnlyList<StoredMessage> Messages)> ReadAsync(
        TopicId topic, string pattern, int most, CancellationToken cancellation)
    {
        if (LevelKey.CountLevels(pattern) > LevelKey.MaxLevels)
            return (Reply.BadName, []);
        List<StoredMessage> messages = [];
        foreach (GroupId group in GroupsOf(topic, pattern))
        {
            Reply reply = await ReadAsync(group, topic, pattern, most, messages, cancellation).ConfigureAwait(false);
            if (reply != Reply.Ok)
                return (reply, []);
            if (messages.Count == most)
                break;
        }

        return (Reply.Ok, messages);
    }

    private IEnumerable<GroupId> GroupsOf(TopicId topic, string pattern)
    {
        DirectorySnapshot directory = life.Node.Directory;
        return PatternNode.HasWildcard(pattern)
            ? Enumerable.Range(1, directory.DataGroups).Select(group => new GroupId(group))
            : [directory.GroupOf(topic, pattern)];
    }

    private async Task<Reply> ReadAsync(
        GroupId group,
        TopicId topic,
        string pattern,
        int most,
        List<StoredMessage> messages,
        CancellationToken cancellation)
    {
        string? after = null;
        while (messages.Count < most)
        {
            PartAsk ask = new LastValueAsk(topic, pattern, after, most - messages.Count).ToAsk();
            if (await life.AskAsync(group, ask, cancellation).ConfigureAwait(false) is not PartSaid said)
                return Reply.TimedOut;
            if (said.Reply != Reply.Ok)
                return said.Reply;
            (StoredMessage[] found, string? next) = LastValueAsk.ReadFound(said.Body);
            messages.AddRange(found);
            if (next is null)
                break;
            after = next;
        }

        return Reply.Ok;
    }
}
