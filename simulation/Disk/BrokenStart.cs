using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// What a process leaves that dies while it opens its store: a small file beside the one that it was to replace, or the
/// next identity and as much of the recovery (released segments deleted, open ones sealed) as it had come to.
/// </summary>
/// <param name="disk">Whose.</param>
/// <param name="half">What is left of sealing a segment.</param>
/// <param name="dice">Its own row of chances.</param>
/// <param name="chance">How probably there was one before a start.</param>
internal sealed class BrokenStart(SimulatedDisk disk, HalfSeal half, Dice dice, double chance)
{
    private const double InSmallFileChance = 0.3;

    /// <summary>What small files are written under before they take the place of others.</summary>
    private static readonly string[] Temporaries =
        ["store" + AtomicFile.TemporarySuffix, "damaged" + AtomicFile.TemporarySuffix, BootstrapRecord.FileName + ".new"];

    private readonly string _segments = Path.Combine(disk.Directory, "segments");

    /// <summary>How many there were.</summary>
    public int Count { get; private set; }

    /// <exception cref="StoreDamageException">What the recovery finds.</exception>
    public void Leave()
    {
        if (chance == 0 || !dice.Chance(chance) || !Directory.Exists(_segments))
            return;
        Count++;
        if (dice.Chance(InSmallFileChance))
        {
            LeaveTemporary();
            return;
        }

        StoreIdentity known = StoreIdentity.Read(disk.Directory)!;
        long unused = StoreRecovery.HighestNumber(_segments) + 1;
        (known with { Incarnation = known.Incarnation + 1, NextSegment = Math.Max(unused, known.NextSegment) })
            .Write(disk.Directory);
        Dictionary<string, byte[]> before = Directory.EnumerateFiles(_segments).ToDictionary(path => path, File.ReadAllBytes);
        var snapshots = new SnapshotFiles(Path.Combine(disk.Directory, "snapshots"), disk.StoreId, disk);
        new StoreRecovery(_segments, disk.StoreId, snapshots).Run();
        TakeBack(StepsSince(before));
    }

    /// <summary>In the order in which a recovery does them.</summary>
    private static List<FileStep> StepsSince(Dictionary<string, byte[]> before)
    {
        string last = before.Keys.Where(File.Exists).DefaultIfEmpty("").Max(StringComparer.Ordinal)!;
        return
        [
            .. before.Where(one => !File.Exists(one.Key))
                .OrderByDescending(one => StringComparer.Ordinal.Compare(one.Key, last) > 0)
                .ThenBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => new FileStep(one.Key, one.Value)),
            .. before.Where(one => File.Exists(one.Key) && !File.ReadAllBytes(one.Key).AsSpan().SequenceEqual(one.Value))
                .OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => new FileStep(one.Key, one.Value)),
        ];
    }

    private void TakeBack(List<FileStep> steps)
    {
        int done = dice.Next(steps.Count + 1);
        for (int i = steps.Count - 1; i > done; i--)
            steps[i].Undo();
        if (done < steps.Count)
            steps[done].LeaveInPart(half);
    }

    private void LeaveTemporary()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(disk.Directory, "store"));
        File.WriteAllBytes(
            Path.Combine(disk.Directory, dice.Pick(Temporaries)), bytes[..dice.Next(bytes.Length + 1)]);
    }
}
