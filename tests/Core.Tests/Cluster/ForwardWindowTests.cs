using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class ForwardWindowTests
{
    private readonly List<long> _marks = [];
    private int _sent;
    private bool _isBroken;

    [Fact]
    public void What_does_not_fit_is_dropped_until_a_mark_comes_back()
    {
        ForwardWindow window = Make(1_000);
        Assert.True(window.TrySend(new byte[600]));
        Assert.False(window.TrySend(new byte[600]));
        Assert.True(window.TrySend(new byte[400]));
        window.Tick();

        window.Taken(_marks[^1]);

        Assert.True(window.TrySend(new byte[1_000]));
        Assert.Equal(3, _sent);
    }

    [Fact]
    public void A_message_above_the_limit_goes_when_nothing_else_is_under_way()
    {
        ForwardWindow window = Make(1_000);
        Assert.True(window.TrySend(new byte[5_000]));
        Assert.False(window.TrySend(new byte[1]));
    }

    [Fact]
    public void Marks_go_by_bytes_and_a_lost_one_is_made_up_for()
    {
        ForwardWindow window = Make(1 << 20);
        for (int i = 0; i < 8; i++)
            Assert.True(window.TrySend(new byte[128 * 1024]));
        Assert.Equal([256 * 1024, 512 * 1024, 768 * 1024, 1024 * 1024], _marks);
        Assert.False(window.TrySend(new byte[1]));

        window.Tick();
        Assert.Equal(1024 * 1024, _marks[^1]);
        window.Taken(_marks[^1]);
        window.Tick();

        Assert.Equal(5, _marks.Count);
        Assert.True(window.TrySend(new byte[1]));
    }

    [Fact]
    public void What_could_not_be_sent_is_not_under_way_and_a_new_connection_starts_empty()
    {
        ForwardWindow window = Make(1_000);
        _isBroken = true;
        Assert.False(window.TrySend(new byte[1_000]));
        _isBroken = false;
        Assert.True(window.TrySend(new byte[1_000]));

        window.Reset();

        Assert.True(window.TrySend(new byte[1_000]));
    }

    private ForwardWindow Make(long maxBytes) => new(maxBytes, (kind, payload) =>
    {
        if (_isBroken)
            return false;
        if (kind == PeerKind.HeardMark)
            _marks.Add(BinaryPrimitives.ReadInt64LittleEndian(payload.Span));
        else
            _sent++;
        return true;
    });
}
