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
        ["renumber-repeat"] = () => new RenumberRepeat(),
        ["drop-returned"] = () => new DropReturned(),
        ["take-late-delivery"] = () => new TakeLateDelivery(),
        ["honour-stale-receipt"] = () => new HonourStaleReceipt(),
    };

    public static IReadOnlyCollection<string> Names => Plants.Keys;

    /// <summary>A fresh one for a world.</summary>
    /// <param name="name">One of <see cref="Names"/>; null = no bug.</param>
    public static Plant Make(string? name) => name is null ? Plant.None : Plants[name]();
}
