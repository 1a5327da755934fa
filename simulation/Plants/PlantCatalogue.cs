using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Simulation.Faults;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>The bugs that can be put in, by name.</summary>
internal static class PlantCatalogue
{
    private static readonly Dictionary<string, Func<Plant>> Plants = new(StringComparer.Ordinal)
    {
        ["acknowledge-before-disk"] = () => new AcknowledgeBeforeDisk(onlyLeaders: false),
        ["count-self-early"] = () => new AcknowledgeBeforeDisk(onlyLeaders: true),
        ["forget-vote"] = () => new ForgetOnRestart(vote: true, lastEntry: false),
        ["forget-last-entry"] = () => new ForgetOnRestart(vote: false, lastEntry: true),
        ["forget-live-entry"] = () => new ForgetLiveEntry(),
        ["forget-moved-entry"] = () => new ForgetMovedEntry(),
        ["vote-twice"] = () => new RaftPlant(RaftPlant.VoteTwice),
        ["claim-newer-log"] = () => new RaftPlant(RaftPlant.ClaimNewerLog),
        ["commit-too-early"] = () => new RaftPlant(RaftPlant.CommitTooEarly),
        ["apply-out-of-order"] = () => new RaftPlant(RaftPlant.ApplyOutOfOrder),
        ["renumber-repeat"] = () => new RenumberRepeat(LaneSourceKind.Node, every: 16),
        ["drop-returned"] = () => new CountAsDone(SettleOutcome.Returned),
        ["drop-rejected"] = () => new CountAsDone(SettleOutcome.Rejected) { Needs = Uses.DeadLetters },
        ["honour-stale-receipt"] = () => new ChangeAnswer(
            (byte)QueueCommandKind.SettleReceipts, static answer => answer with { Value = -1 }),
        ["deliver-early"] = () => new ChangePublish(PublishFlags.Delay, 0) { Needs = Uses.Delays },
        ["deliver-expired"] = () => new ChangePublish(PublishFlags.Ttl, int.MaxValue) { Needs = Uses.Expiry },
        ["expire-early"] = () => new ChangePublish(PublishFlags.Ttl, 1) { Needs = Uses.Expiry },
        ["lose-dead-letter"] = () => new MisroutedMove() { Needs = Uses.DeadLetters },
        ["dead-letter-twice"] = () => new RenumberRepeat(LaneSourceKind.Group, every: 4) { Needs = Uses.DeadLetters },
        ["honour-stale-epoch"] = () => new HonourStaleEpoch { Needs = Uses.Sessions },
        ["misname-subscription"] = () => new MisnameSubscription { Needs = Uses.Sessions },
        ["reuse-an-offset"] = () => new ChangeAnswer(
            (byte)QueueCommandKind.Publish,
            static answer => answer.Position > 0 && answer.Value > 0 ? answer with { Value = answer.Value - 1 } : answer)
        { Needs = Uses.Partitions },
        ["hide-newest"] = () => new HideNewest { Needs = Uses.Partitions },
        ["honour-stale-lock"] = () => new ChangeAnswer(
            (byte)ConsumerGroupCommandKind.Lock, static answer => answer with { Value = -1 })
        { Needs = Uses.Partitions },
        ["reuse-a-token"] = () => new ReuseToken { Needs = Uses.Partitions },
        ["offset-goes-back"] = () => new OldOffset { Needs = Uses.Partitions },
        ["delete-snapshot-first"] = () => new DeleteSnapshotFirst { NeedsFault = Fault.CrashWithin },
        ["ignore-damage"] = () => new IgnoreDamage { NeedsFault = Fault.DamagedSector },
        ["return-without-disk"] = () => new Plant { KeepsReplica = true, NeedsFault = Fault.ReplaceDisk },
        ["rewind-too-far"] = () => new ChangeRewind(0) { Needs = Uses.Rewinds },
        ["rewind-too-little"] = () => new ChangeRewind(long.MaxValue) { Needs = Uses.Rewinds },
        ["take-late-delivery"] = () => new TakeLateDelivery(),
        ["accept-earlier-incarnation"] = () => new AcceptOldFrames(ofIncarnation: true),
        ["accept-earlier-sequence"] = () => new AcceptOldFrames(ofIncarnation: false),
        ["cut-what-matches"] = () => new RaftArrivals(RaftArrivals.CutWhatMatches),
        ["follow-late-leader"] = () => new RaftArrivals(RaftArrivals.FollowLateLeader),
        ["seal-in-one-write"] = () => new Plant { SealsInOneWrite = true, NeedsFault = Fault.Crash },
    };

    public static IReadOnlyCollection<string> Names => Plants.Keys;

    /// <summary>A fresh one for a world.</summary>
    /// <param name="name">One of <see cref="Names"/>; null = no bug.</param>
    public static Plant Make(string? name) => name is null ? Plant.None : Plants[name]();
}
