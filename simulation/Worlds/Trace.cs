using System.Globalization;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>Everything that happened, as one number; and as lines, if they are wanted. Two runs of a seed are the same if
/// their numbers are.</summary>
internal sealed class Trace(Agenda agenda, TextWriter? lines)
{
    public ulong Hash { get; private set; } = Fingerprint.Empty;

    public long Events { get; private set; }

    public bool IsPrinted => lines is not null;

    /// <param name="who">A node's number; 0 = the world.</param>
    /// <param name="what">A fixed word.</param>
    /// <param name="a">What it is about.</param>
    /// <param name="b">And further.</param>
    /// <param name="c">And further.</param>
    public void Note(int who, string what, long a = 0, long b = 0, long c = 0)
    {
        Events++;
        ulong hash = Fingerprint.Add(Hash, (ulong)agenda.NowUs);
        hash = Fingerprint.Of(what, Fingerprint.Add(hash, unchecked((ulong)who)));
        hash = Fingerprint.Add(Fingerprint.Add(hash, unchecked((ulong)a)), unchecked((ulong)b));
        Hash = Fingerprint.Add(hash, unchecked((ulong)c));
        if (lines is not null)
            Print(who, string.Create(CultureInfo.InvariantCulture, $"{what} {a} {b} {c}"));
    }

    /// <summary>Only for readers: no part of the number.</summary>
    public void Remark(int who, string text)
    {
        if (lines is not null)
            Print(who, text);
    }

    private void Print(int who, string text) => lines!.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{agenda.NowUs / 1e6,12:F6} {(who == 0 ? "-" : who),2} {text}"));
}
