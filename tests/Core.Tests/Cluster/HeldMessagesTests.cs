using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class HeldMessagesTests
{
    private const int Consumer = 1;
    private readonly HeldMessages _held = new(new GroupId(1));

    [Fact]
    public void A_message_that_came_back_before_the_word_of_its_return_is_held_anew()
    {
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 3);

        _held.Add(7, Consumer);
        _held.EndSettle([7], batch: 3);

        Assert.True(_held.CanSettle(7));
        Assert.Equal([(7L, Consumer)], _held.AsOf(3));
    }

    [Fact]
    public void A_settled_message_is_covered_by_announcements_until_its_group_has_applied_that()
    {
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 3);

        Assert.False(_held.CanSettle(7));
        Assert.Equal([(7L, Consumer)], _held.AsOf(2));
        Assert.Empty(_held.AsOf(3));

        _held.EndSettle([7], batch: 3);
        Assert.Equal(0, _held.Count);
    }
}
