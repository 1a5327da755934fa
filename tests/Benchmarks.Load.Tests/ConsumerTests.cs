using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Tests;

/// <summary>What the verification of a run must see.</summary>
public sealed class ConsumerTests : IDisposable
{
    private const long Run = 7;
    private const int BodyBytes = 100;

    private readonly Ledger _ledger = new(Run, publishers: 2, copies: 1);
    private readonly Fake _consumer;
    private readonly Fake _other;

    public ConsumerTests()
    {
        _consumer = new Fake(_ledger, 0);
        _other = new Fake(_ledger, 0);
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void Messages_that_come_once_and_in_order_are_right()
    {
        Confirm(0, 1, 2);
        foreach (long sequence in (long[])[0, 1, 2])
            _consumer.Arrive(Body(sequence));

        Assert.Equal((0, 0, 0, 0), (_consumer.Twice, _consumer.OutOfOrder, _consumer.Damaged, _ledger.Missing));
        Assert.Equal(3, _ledger.Distinct);
    }

    [Fact]
    public void A_confirmed_message_that_did_not_come_is_missing()
    {
        Confirm(0, 1, 2);
        _consumer.Arrive(Body(0));
        _consumer.Arrive(Body(2));

        Assert.Equal(1, _ledger.Missing);
    }

    [Fact]
    public void A_message_that_was_not_confirmed_is_not_missed()
    {
        Confirm(0);
        _consumer.Arrive(Body(0));
        _consumer.Arrive(Body(1));

        Assert.Equal(0, _ledger.Missing);
    }

    [Fact]
    public void A_message_that_comes_to_two_consumers_of_a_queue_came_twice()
    {
        _consumer.Arrive(Body(0));
        _other.Arrive(Body(0));

        Assert.Equal(1, _consumer.Twice + _other.Twice);
    }

    [Fact]
    public void A_message_behind_a_later_one_of_its_queue_is_out_of_order()
    {
        _consumer.Arrive(Body(1));
        _consumer.Arrive(Body(0));

        Assert.Equal(1, _consumer.OutOfOrder);
    }

    [Fact]
    public void Queues_publishers_and_consumers_have_an_order_of_their_own()
    {
        _consumer.Arrive(Body(5));
        _consumer.Arrive(Body(1, publisher: 1));
        _consumer.Arrive(Body(2, queue: 1));
        _other.Arrive(Body(3));

        Assert.Equal(0, _consumer.OutOfOrder + _other.OutOfOrder);
    }

    [Fact]
    public void A_message_that_changed_by_one_bit_or_lost_its_end_is_damaged()
    {
        byte[] flipped = Body(0);
        flipped[BodyBytes - 1] ^= 1;
        _consumer.Arrive(flipped);
        _consumer.Arrive(Body(1)[..(BodyBytes - 1)]);
        _consumer.Arrive([]);

        Assert.Equal(3, _consumer.Damaged);
    }

    [Fact]
    public void Each_subscriber_must_get_its_own_copy()
    {
        var ledger = new Ledger(Run, publishers: 1, copies: 2);
        ledger.Confirmed(0).Add(0);
        using var first = new Fake(ledger, 0);
        using var second = new Fake(ledger, 1);
        first.Arrive(Body(0));

        Assert.Equal(1, ledger.Missing);

        second.Arrive(Body(0));

        Assert.Equal(0, ledger.Missing);
    }

    private static byte[] Body(long sequence, int publisher = 0, int queue = 0)
    {
        byte[] body = MessageStamp.MakeBody(BodyBytes);
        new MessageStamp(Run, sequence, 0, publisher, queue).Write(body, BodyBytes);
        return body;
    }

    private void Confirm(params long[] sequences)
    {
        foreach (long sequence in sequences)
            _ledger.Confirmed(0).Add(sequence);
    }

    private sealed class Fake(Ledger ledger, int copy) : Consumer(ledger, copy, new Phase())
    {
        public void Arrive(byte[] body) => Take(body, redelivered: false);

        public override void Run()
        {
            // Messages are put in by hand.
        }

        public override void Dispose()
        {
            // Nor is there a connection.
        }
    }
}
