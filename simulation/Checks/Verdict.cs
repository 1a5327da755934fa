namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>The first thing that was wrong. Kept and not thrown: it is found deep inside a node's own calls.</summary>
internal sealed class Verdict
{
    public string? Violation { get; private set; }

    public bool IsGood => Violation is null;

    public void Fail(string what) => Violation ??= what;

    public void Check(bool holds, string what)
    {
        if (!holds)
            Fail(what);
    }
}
