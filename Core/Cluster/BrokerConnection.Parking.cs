using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Publications that are stored now and routed later.</content>
internal sealed partial class BrokerConnection
{
    private uint _parkTurn;

    public IParkedMessages Parked => new ParkedMessages(_life, Namespace);

    /// <exception cref="ArgumentException">The wanted group is no data group.</exception>
    private PublishAdmission Park(in Publication publication, Parking wish, ulong tag)
    {
        GroupId group = wish.Group ?? ParkingGroup(publication.Producer);
        if (!_life.Node.IsDataGroup(group))
            throw new ArgumentException($"group {group} is no data group", nameof(publication));
        if (!EntityName.Fits(wish.Owner))
            return PublishAdmission.TooLarge;
        if (IsRefusedForSpace)
            return PublishAdmission.Full;
        LaneSender lane = _life.LaneTo(group);
        // The delay is over when it is shown.
        PublishedUnit unit = UnitOf(lane, publication) with { DelayMs = 0 };
        int bytes = lane.Enqueue(
            (Head: ParkHead.Of(publication, wish.Owner, wish.DelayMs), Unit: unit),
            static (state, output) => state.Head.Write(output, state.Unit),
            this,
            tag);
        Interlocked.Add(ref _pendingBytes, bytes);
        return PublishAdmission.Accepted;
    }

    /// <summary>A repetition must find the group that has the first one.</summary>
    private GroupId ParkingGroup(ProducerNumber? producer)
    {
        uint turn = producer is { } known ? unchecked((uint)known.Producer) : _parkTurn++;
        return new GroupId((int)(turn % (uint)Directory.DataGroups) + 1);
    }
}
