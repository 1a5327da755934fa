using System.Buffers;
using System.IO.Pipelines;

namespace Cmq.MultiProtocol.Connections.Tests;

public sealed class ConnectionOutputTests : IDisposable
{
    private const int PieceBytes = 1024;
    private const int FlushBytes = 64 * 1024;

    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: FlushBytes, resumeWriterThreshold: FlushBytes / 2, useSynchronizationContext: false));
    private readonly Wake _wake = new();
    private readonly ConnectionOutput _output;
    private byte _next;

    public ConnectionOutputTests() => _output = new ConnectionOutput(_pipe.Writer, PieceBytes, _wake.Signal);

    public void Dispose() => _output.Dispose();

    /// <summary>Written and shared by turns, in sizes around those of a piece and of what is handed over at once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(PieceBytes - 1)]
    [InlineData(PieceBytes)]
    [InlineData(PieceBytes + 1)]
    [InlineData(FlushBytes + 7)]
    public void Everything_comes_out_in_the_order_in_which_it_went_in(int bytes)
    {
        var expected = new List<byte>();
        for (int i = 0; i < 5; i++)
        {
            byte[] copied = Bytes(bytes);
            _output.Write(copied);
            // Shared in the middle of a piece, whose rest is written on.
            byte[] shared = Bytes(bytes);
            _output.Append(shared);
            expected.AddRange([.. copied, .. shared]);
        }
        Assert.Equal(expected.Count, _output.Length);

        Assert.Equal(expected, SendAll());
        Assert.Equal(0, _output.Length);
    }

    [Fact]
    public void What_is_written_between_two_sends_comes_after_what_was_left()
    {
        byte[] first = Bytes(FlushBytes + 100);
        _output.Write(first);
        Assert.Equal(FlushBytes, _output.Send());
        byte[] second = Bytes(50);
        _output.Write(second);

        Assert.Equal([.. first, .. second], SendAll());
    }

    [Fact]
    public async Task A_transport_that_is_busy_gets_nothing_more_until_it_signals()
    {
        _output.Write(Bytes(FlushBytes));
        Assert.Equal(FlushBytes, _output.Send());
        Assert.True(_output.IsFlushing);
        Assert.False(_output.IsFlushed);
        _output.Write(Bytes(1));
        Assert.Equal(0, _output.Send());

        Drain();

        await _wake.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(_output.IsFlushed);
        Assert.Equal(1, _output.Send());
    }

    [Fact]
    public void Once_nobody_reads_nothing_is_sent()
    {
        _output.Write(Bytes(1));
        _pipe.Reader.Complete();
        Assert.Equal(1, _output.Send());
        _output.Write(Bytes(1));
        Assert.Equal(0, _output.Send());
        Assert.True(_output.IsEnded);
    }

    [Fact]
    public void With_nothing_to_send_the_transport_is_left_alone()
    {
        Assert.Equal(0, _output.Send());
        Assert.False(_output.IsFlushing);
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = unchecked(_next++);
        return bytes;
    }

    private List<byte> SendAll()
    {
        List<byte> all = Drain();
        while (_output.Send() > 0)
            all.AddRange(Drain());
        return all;
    }

    /// <summary>What has been flushed.</summary>
    private List<byte> Drain()
    {
        if (!_pipe.Reader.TryRead(out ReadResult result))
            return [];
        List<byte> bytes = [.. result.Buffer.ToArray()];
        _pipe.Reader.AdvanceTo(result.Buffer.End);
        return bytes;
    }
}
