using System.Buffers;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Messages on their way to those who listen.</content>
internal sealed partial class SubscriptionDesk
{
    private long _dropped;

    /// <summary>Messages that did not go to another node's listeners because too much was on its way there, or the way
    /// was broken; a count since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Gives a publication to everyone who listens, on all nodes.</summary>
    /// <param name="publication">Copied, once, if anyone listens.</param>
    /// <param name="topics">The topics that it visits.</param>
    /// <returns>False: nobody listens.</returns>
    public bool Hear(in Publication publication, List<TopicId> topics)
    {
        SubscriptionTable table = _table;
        Hearing hearing = Hearing.Take();
        ReadOnlySpan<TopicId> visited = CollectionsMarshal.AsSpan(topics);
        var keys = new RouteKeys(publication.RoutingKey, publication.MoreKeys, publication.HiddenKeys, null);
        bool isHeard = hearing.Match(table, visited, keys, publication.Persistent);
        if (isHeard)
            Tell(hearing, visited, publication.HiddenKeys, ToMessage(publication));
        hearing.GiveBack();
        return isHeard;
    }

    /// <summary>Gives a message that the core itself routed to everyone who listens.</summary>
    /// <param name="message">With its overlay, if it has one: the keys in there count.</param>
    /// <param name="hiddenKeys">Further keys that routed it.</param>
    /// <param name="topics">The topics that it visits.</param>
    /// <returns>False: nobody listens.</returns>
    public bool Hear(StoredMessage message, IReadOnlyList<string>? hiddenKeys, List<TopicId> topics)
    {
        SubscriptionTable table = _table;
        Hearing hearing = Hearing.Take();
        ReadOnlySpan<TopicId> visited = CollectionsMarshal.AsSpan(topics);
        RouteKeys keys = SubscriptionCodec.KeysOf(message, hiddenKeys);
        bool isHeard = hearing.Match(table, visited, keys, message.Persistent);
        if (isHeard)
            Tell(hearing, visited, hiddenKeys, message);
        hearing.GiveBack();
        return isHeard;
    }

    /// <summary>Whether anyone listens to a message that the core itself routes.</summary>
    public bool IsListenedTo(StoredMessage message, IReadOnlyList<string>? hiddenKeys, List<TopicId> topics)
    {
        Hearing hearing = Hearing.Take();
        RouteKeys keys = SubscriptionCodec.KeysOf(message, hiddenKeys);
        bool isHeard = hearing.Match(_table, CollectionsMarshal.AsSpan(topics), keys, message.Persistent);
        hearing.GiveBack();
        return isHeard;
    }

    /// <summary>A message that another node sends on.</summary>
    public void ReceiveHeard(ReadOnlyMemory<byte> payload)
    {
        ForwardedMessage heard = SubscriptionCodec.ReadForwarded(payload);
        SubscriptionTable table = _table;
        foreach (FilterKey pick in heard.Picks)
            Hearing.TellPicked(table, pick, heard.Message);
        if (!heard.IsPlain)
            return;
        Hearing hearing = Hearing.Take();
        RouteKeys keys = SubscriptionCodec.KeysOf(heard.Message, heard.HiddenKeys);
        if (hearing.Match(table, heard.Topics, keys, heard.Message.Persistent))
            hearing.TellOwn(heard.Message);
        hearing.GiveBack();
    }

    /// <summary>Everything before the mark was taken.</summary>
    public void ReceiveMark(NodeId from, ReadOnlyMemory<byte> mark)
    {
        var taken = new ArrayBufferWriter<byte>(sizeof(long));
        taken.WriteInt64(new StateReader(mark).ReadInt64());
        SendControl(from, new PeerMessage((byte)PeerKind.HeardTaken, GroupId.Directory, taken.WrittenMemory));
    }

    /// <summary>A mark came back.</summary>
    public void ReceiveHeardTaken(NodeId from, ReadOnlyMemory<byte> mark) =>
        WindowTo(from).Taken(new StateReader(mark).ReadInt64());

    private void Tell(
        Hearing hearing, ReadOnlySpan<TopicId> topics, IReadOnlyList<string>? hiddenKeys, StoredMessage message)
    {
        hearing.Tell(message);
        if (hearing.Nodes.IsEmpty && hearing.Picks.IsEmpty)
            return;
        // Encoded once; nodes that are to pick get their picks ahead of it.
        ReadOnlySpan<byte> heard = SubscriptionCodec.WriteHeard(topics, hiddenKeys, message).Span;
        ReadOnlyMemory<byte> toAll = default;
        foreach (NodeId peer in hearing.Nodes)
        {
            if (HasPick(hearing.Picks, peer))
                continue;
            if (toAll.IsEmpty)
                toAll = SubscriptionCodec.WriteForwarded(isPlain: true, [], default, heard);
            Forward(peer, toAll);
        }

        for (int i = 0; i < hearing.Picks.Length; i++)
        {
            NodeId peer = hearing.Picks[i].Node;
            if (HasPick(hearing.Picks[..i], peer))
                continue;
            bool isPlain = hearing.Nodes.Contains(peer);
            Forward(peer, SubscriptionCodec.WriteForwarded(isPlain, hearing.Picks, peer, heard));
        }
    }

    private static bool HasPick(ReadOnlySpan<SharePick> picks, NodeId peer)
    {
        foreach (SharePick pick in picks)
        {
            if (pick.Node == peer)
                return true;
        }

        return false;
    }

    private void Forward(NodeId peer, ReadOnlyMemory<byte> message)
    {
        if (!WindowTo(peer).TrySend(message))
            Interlocked.Increment(ref _dropped);
    }

    private ForwardWindow WindowTo(NodeId peer) => _windows.TryGetValue(peer, out ForwardWindow? window)
        ? window
        : _windows.GetOrAdd(peer, MakeWindow);

    // Not on the data lane: what may be lost must not hold up what may not.
    private ForwardWindow MakeWindow(NodeId peer) => new(
        node.Limits.ForwardBytes,
        (kind, payload) => node.SendPeer(
            peer, PeerLane.Bulk, new PeerMessage((byte)kind, GroupId.Directory, payload)));

    private StoredMessage ToMessage(in Publication publication) => new(
        publication.Topic.Name,
        publication.RoutingKey,
        publication.MoreKeys is { Count: > 0 } more ? [.. more] : [],
        publication.Format,
        publication.Properties.ToArray(),
        new ReadOnlySequence<byte>(publication.Body.ToArray()),
        node.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        publication.TtlMs,
        publication.Priority,
        publication.Persistent,
        Overlay: null);
}
