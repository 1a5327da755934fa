using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>A member of a consumer group: locks partitions, reads them, and asks where the group goes on; one of the
/// members says so.</summary>
/// <param name="world">Its world.</param>
/// <param name="name">Draws its chances.</param>
/// <param name="number">Its place in the group; 0 stores the offsets.</param>
internal sealed class GroupMemberClient(World world, string name, int number) : Client(world, name)
{
    private const string Group = "group";
    private const int MaxMessages = 50;

    /// <summary>Names that it has had: what it gives back under one may come late, and after a later lock.</summary>
    private int _names;

    private string Member => $"member {number}.{_names}";

    /// <summary>One member's leases are all as long: a late renewal never cuts one short.</summary>
    private int LeaseMs => 800 + (1_000 * number);

    protected override async Task WorkAsync(ClientSession session)
    {
        for (int left = Dice.Next(60); left > 0 && !IsLeaving; left--)
        {
            await session.PauseAsync(Dice.Exponential(250_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            if (World.Partitions.Count == 0)
                continue;
            TestPartition partition = Dice.Pick(World.Partitions);
            switch (Dice.Next(6))
            {
                case 0 or 1:
                    await LockAsync(session).ConfigureAwait(false);
                    break;
                case 2:
                    await UnlockAsync(session, partition).ConfigureAwait(false);
                    break;
                case 3 when number == 0:
                    await StoreAsync(session, partition).ConfigureAwait(false);
                    break;
                case 4:
                    await FetchAsync(World, session, partition).ConfigureAwait(false);
                    break;
                default:
                    await ReadAsync(session, partition).ConfigureAwait(false);
                    break;
            }
        }
    }

    private static GroupId HomeOf(ClientSession session) =>
        session.Node.Broker!.Directory.GroupOf(session.Node.Broker.FindNamespace("/")!.Value, Group);

    private async Task LockAsync(ClientSession session)
    {
        GroupId home = HomeOf(session);
        (long sinceUs, long sinceMs, string member) = (World.Agenda.NowUs, World.LogTimes.Latest(home), Member);
        (Reply reply, IReadOnlyList<QueueId> locked) = await Within(session, session.Connection.ConsumerGroups.LockAsync(
            Group, member, [.. World.Partitions.Select(one => one.Id)], LeaseMs, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "locks", number, (long)reply, locked.Count);
        if (reply != Reply.Ok)
            return;
        foreach (QueueId partition in locked)
            World.LockOn(partition).Locked(member, sinceUs, sinceMs, LeaseMs, World.LogTimes.Latest(home));
    }

    private async Task UnlockAsync(ClientSession session, TestPartition partition)
    {
        World.LockOn(partition.Id).Unlock(Member);
        string member = Member;
        _names++;
        Reply reply = await Within(session, session.Connection.ConsumerGroups.UnlockAsync(
            Group, member, [partition.Id], session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "unlocks", number, (long)reply);
    }

    private async Task StoreAsync(ClientSession session, TestPartition partition)
    {
        GroupOffset offset = World.OffsetOf(partition.Id);
        long next = offset.Tried + Dice.Between(1, 10);
        offset.Begin(next);
        Reply reply = await Within(session, session.Connection.ConsumerGroups.CommitOffsetAsync(
            Group, partition.Id, next, session.Lost)).ConfigureAwait(false);
        World.Trace.Note(session.Node.Id.Value, "stores", partition.Id.Value, next, (long)reply);
        if (reply == Reply.Ok)
            offset.End(next);
    }

    /// <summary>Asks where the group goes on.</summary>
    public static async Task FetchAsync(World world, ClientSession session, TestPartition partition)
    {
        GroupOffset offset = world.OffsetOf(partition.Id);
        int stored = offset.Stored;
        (Reply reply, long? found) = await Within(session, session.Connection.ConsumerGroups.FetchOffsetAsync(
            Group, partition.Id, session.Lost)).ConfigureAwait(false);
        world.Trace.Note(session.Node.Id.Value, "fetches", partition.Id.Value, found ?? -1, (long)reply);
        if (reply == Reply.Ok)
            offset.Check(found, stored);
    }

    private async Task ReadAsync(ClientSession session, TestPartition partition)
    {
        long end = partition.End;
        var query = new PartitionQuery(
            Dice.Between(0, end), Dice.Next(MaxMessages) + 1, int.MaxValue, null, (int)Dice.Between(0, 500));
        (Reply reply, PartitionRead? read) = await Within(session, session.Connection.Partitions.ReadAsync(
            partition.Id, query, session.Lost)).ConfigureAwait(false);
        if (reply == Reply.Ok)
            partition.CheckRead(read!, query, end);
    }
}
