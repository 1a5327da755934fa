using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class InMemoryInstallTests : InstallTests
{
    private readonly InMemoryDisk _disk = new(Guid.Parse("6a2c1f0e-0000-4000-8000-000000000002"));

    protected override Task<ILogStore> Reopen() => Task.FromResult<ILogStore>(new InMemoryLogStore(_disk));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_leaves_the_old_log(bool whileStaging)
    {
        var store = (InMemoryLogStore)await OpenWithLog();
        if (!whileStaging)
            store.Stage(One, Live);
        store.FailNextWrite(new IOException("injected"));
        Assert.Throws<LogStoreException>(() =>
        {
            store.Stage(One, whileStaging ? Live : []);
            store.Install(One, Mark, Bytes(5000));
        });

        AssertOld(await Reopen());
    }

    [Fact]
    public async Task Each_dead_entry_of_a_snapshot_goes_by_itself()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        store.Install(One, Mark, Bytes(5000));
        store.Reclaim(One, [9, 41]);
        AssertEntries(store, One, EntryAt(9, 2));
        AssertEntries(store, One, EntryAt(41, 5));
        Assert.Throws<LogStoreException>(() => store.Read(One, 40, 40, 1));
    }
}
