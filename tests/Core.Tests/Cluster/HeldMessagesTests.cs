using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class HeldMessagesTests
{
    private const int Consumer = 3;

    private readonly HeldMessages _held = new(new GroupId(1));

    [Fact]
    public void What_is_settled_stays_until_its_batch_is_applied()
    {
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 4);
        Assert.False(_held.CanSettle(7));
        Assert.Equal([(7L, Consumer)], _held.AsOf(batch: 3));
        Assert.Empty(_held.AsOf(batch: 4));

        _held.EndSettle([7], batch: 4);
        Assert.Equal(0, _held.Count);
    }

    [Fact]
    public void A_returned_message_that_comes_again_before_the_answer_is_held_anew()
    {
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 4);
        _held.Add(7, Consumer);

        _held.EndSettle([7], batch: 4);

        Assert.True(_held.CanSettle(7));
        Assert.Equal([(7L, Consumer)], _held.AsOf(batch: 4));
    }

    [Fact]
    public void An_answer_ends_the_settlement_of_its_own_batch_only()
    {
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 4);
        _held.Add(7, Consumer);
        _held.Settling([7], batch: 5);

        _held.EndSettle([7], batch: 4);
        Assert.Equal(1, _held.Count);
        _held.EndSettle([7], batch: 5);
        Assert.Equal(0, _held.Count);
    }
}
