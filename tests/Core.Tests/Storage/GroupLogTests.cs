using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class GroupLogTests
{
    [Fact]
    public void What_is_written_behind_a_snapshot_does_not_move_with_what_is_below_it()
    {
        var log = new GroupLog();
        for (long index = 1; index <= 9; index++)
            log.Add(segment: 1, index, term: 1, bytes: 100);
        log.TakeSnapshot(9, 1, replacesLog: false);
        log.Mark([3], wholeFrom: long.MaxValue);

        log.Add(segment: 1, 10, term: 1, bytes: 100);

        Assert.True(log.FindRun(9)!.MayMove);
        Assert.False(log.FindRun(10)!.MayMove);
        log.Vacate(segment: 1, upTo: log.FindRun(9)!.Last);
        Assert.Equal((10, 10), (log.LastIndex, log.FirstContiguous()));
    }
}
