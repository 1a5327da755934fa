using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A real file system runs out of space under the store.</summary>
public sealed class DiskFullTests : StoreTest
{
    [SmallDiskFact]
    public async Task A_full_disk_stops_the_store_and_nothing_acknowledged_is_lost_when_there_is_space_again()
    {
        string disk = Path.Combine(Disk.Path, "small");
        Directory.CreateDirectory(disk);
        Assert.True(SmallDiskFactAttribute.TryRun("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk));
        try
        {
            LogStoreOptions options = Small with { Directory = disk };
            int acknowledged = await FillUp(options);
            Assert.InRange(acknowledged, 100, 3000);

            Assert.True(SmallDiskFactAttribute.TryRun("mount", "-o", "remount,size=8m", disk));
            await using FasterLogStore again = FasterLogStore.Open(options);
            RecoveredGroup found = again.Recovered[One];
            Assert.InRange(found.LastIndex, acknowledged, long.MaxValue);
            AssertEntries(again, One, Entries(1, (int)found.LastIndex, bytes: 1000));
            Store(again, One, Entries(found.LastIndex + 1, 100, bytes: 1000));
            AssertEntries(again, One, Entries(found.LastIndex + 1, 100, bytes: 1000));
        }
        finally
        {
            Assert.True(SmallDiskFactAttribute.TryRun("umount", disk));
        }
    }

    /// <returns>How many entries were acknowledged before the disk was full.</returns>
    private static async Task<int> FillUp(LogStoreOptions options)
    {
        await using FasterLogStore store = FasterLogStore.Open(options);
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Failed += error => failed.TrySetResult(error);
        int acknowledged = 0;
        Action fill = () =>
        {
            for (int i = 1; ; i++)
                store.Append(new StoreWrite(One, null, [EntryAt(i, 1, 1000)], () => acknowledged++));
        };
        LogStoreException refused = Assert.Throws<LogStoreException>(fill);
        Exception reason = await failed.Task;
        Assert.Contains("No space left", reason.ToString(), StringComparison.Ordinal);
        Assert.Contains("No space left", refused.ToString(), StringComparison.Ordinal);
        return acknowledged;
    }
}
