using Cmq.MultiProtocol.Benchmarks.Load.Connections;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Tests;

public sealed class SendWindowTests
{
    private readonly NumberSet _confirmed = new();
    private readonly SendWindow _window;

    public SendWindowTests() => _window = new SendWindow(4, _confirmed, new Phase { IsMeasured = true });

    [Fact]
    public void Answers_in_any_order_make_room()
    {
        Send(4);
        Assert.Equal(0, _window.Room);

        _window.Settle(2, isStored: true, now: 1);
        _window.Settle(0, isStored: true, now: 1);

        Assert.Equal((2, 2, 1), (_window.Room, _window.Open, _window.Oldest));
    }

    [Fact]
    public void An_answer_to_all_before_settles_what_is_still_open()
    {
        Send(4);
        _window.Settle(1, isStored: true, now: 1);
        _window.SettleUpTo(2, isStored: true, now: 1);

        Assert.Equal((1, 3, 3), (_window.Open, _window.Oldest, _confirmed.Count));
        Assert.Equal(3, _window.Latencies.Figures()!.Count);
    }

    [Fact]
    public void A_refused_message_is_not_confirmed()
    {
        Send(1);
        _window.Settle(0, isStored: false, now: 1);

        Assert.Equal((1, 0, 0), (_window.Refused, _window.Open, _confirmed.Count));
    }

    [Fact]
    public void An_answer_to_what_was_not_sent_is_an_error()
    {
        Send(1);

        Assert.Throws<IOException>(() => _window.Settle(1, isStored: true, now: 1));
    }

    [Fact]
    public void An_oldest_message_without_an_answer_ends_what_may_be_sent()
    {
        // The window has four times as many places as messages may be open.
        Send(4);
        for (long number = 1; _window.Room > 0 || number < _window.Sent; number++)
        {
            _window.Settle(number, isStored: true, now: 1);
            if (_window.Room > 0)
                Send(1);
        }

        Assert.Equal((16, 1, 0), (_window.Sent, _window.Open, _window.Oldest));
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
            _window.Add(sentAt: 0);
    }
}
