using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.StoreWriter;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A real process is killed with SIGKILL in the middle of writing, again and again on the same
/// files.</summary>
public sealed class StoreKillTests : StoreTest
{
    private const int Rounds = 6;

    [Fact]
    public async Task Nothing_acknowledged_or_installed_is_lost_and_nothing_alien_appears()
    {
        var random = new Random(20261121);
        long[] acknowledged = new long[WriterScript.Groups];
        for (int round = 1; round <= Rounds; round++)
        {
            await RunAndKill(random.Next(200, 2500), acknowledged);
            await using FasterLogStore store = FasterLogStore.Open(Small);
            Check(store, acknowledged);
        }
    }

    private async Task RunAndKill(int lines, long[] acknowledged)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Cmq.MultiProtocol.Core.Tests.StoreWriter.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", child, Disk.Path])
        {
            RedirectStandardOutput = true,
        })!;
        int seen = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut in the middle; what it wanted to say was acknowledged to nobody.
            string[] parts = line.Split(' ');
            if (parts.Length == 3 && parts[2].Length > 0)
            {
                int group = int.Parse(parts[0], CultureInfo.InvariantCulture);
                acknowledged[group] = Math.Max(
                    acknowledged[group], long.Parse(parts[1], CultureInfo.InvariantCulture));
            }

            if (++seen == lines)
                process.Kill();
        }

        await process.WaitForExitAsync();
        Assert.True(seen >= lines, $"the child stopped by itself after {seen} lines");
    }

    private static void Check(FasterLogStore store, long[] acknowledged)
    {
        for (int g = 0; g < acknowledged.Length; g++)
        {
            var group = new GroupId(g);
            RecoveredGroup found = store.Recovered[group];
            Assert.True(found.LastIndex >= acknowledged[g],
                $"group {g} ends at {found.LastIndex}, but {acknowledged[g]} was acknowledged");
            long term = 0;
            foreach (Entry entry in store.Read(group, found.FirstIndex, found.LastIndex, int.MaxValue))
            {
                Assert.InRange(entry.Term, Math.Max(1, term), store.Incarnation);
                term = entry.Term;
                Assert.True(entry.Payload.Span.SequenceEqual(
                    WriterScript.EntryOf(group, entry.Index, entry.Term).Payload.Span), $"entry {g}/{entry.Index}");
            }

            Assert.True(found.HardState.Term >= term);
            if (found.Snapshot is null)
                continue;
            Assert.True(store.TryReadSnapshot(group, out _, out ReadOnlySequence<byte> state));
            foreach (Entry entry in WriterScript.LiveEntries(group, state))
                AssertEntries(store, group, entry);
            BlockName[] named = WriterScript.NamedBlocks(group, found.Snapshot.Index, state);
            using IBlockSet blocks = store.Blocks(group).Capture();
            Assert.Equal(named.OrderBy(name => name.First), blocks.Names.OrderBy(name => name.First));
            foreach (BlockName name in named)
                Assert.True(WriterScript.BlockOf(name).AsSpan().SequenceEqual(store.Blocks(group).Read(name).Span));
        }
    }
}
