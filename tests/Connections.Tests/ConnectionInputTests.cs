using System.Buffers;
using System.IO.Pipelines;

namespace Cmq.MultiProtocol.Connections.Tests;

/// <summary>Frames are of two bytes here.</summary>
public sealed class ConnectionInputTests
{
    private const int MaxHeldBytes = 6;

    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Wake _wake = new();
    private readonly ConnectionInput _input;
    private int _frames;

    public ConnectionInputTests() => _input = new ConnectionInput(_pipe.Reader, MaxHeldBytes, _wake.Signal);

    [Fact]
    public async Task Whole_frames_are_taken_and_a_part_waits_for_its_rest()
    {
        await _pipe.Writer.WriteAsync(new byte[5]);
        Assert.True(Read());
        Assert.Equal(2, _frames);
        Assert.Equal(0, _input.HeldBytes);
        Assert.False(Read());

        await _pipe.Writer.WriteAsync(new byte[1]);
        await WokenAsync();
        Read();
        Assert.Equal(3, _frames);
    }

    [Fact]
    public async Task What_is_held_back_is_read_on_up_to_the_limit()
    {
        await _pipe.Writer.WriteAsync(new byte[4]);
        Read(canTakeMore: false);
        Assert.Equal(4, _input.HeldBytes);
        Assert.True(_input.IsReading);

        await _pipe.Writer.WriteAsync(new byte[2]);
        await WokenAsync();
        Read(canTakeMore: false);
        Assert.Equal(MaxHeldBytes, _input.HeldBytes);
        Assert.False(_input.IsReading);
        Assert.Equal(0, _frames);
    }

    [Fact]
    public async Task What_was_held_back_is_taken_without_a_further_byte()
    {
        await _pipe.Writer.WriteAsync(new byte[4]);
        Read(canTakeMore: false);
        Assert.True(_input.IsReading);

        Assert.False(Read());
        await WokenAsync();
        Read();
        Assert.Equal(2, _frames);
        Assert.Equal(0, _input.HeldBytes);
    }

    [Fact]
    public async Task After_the_end_what_is_held_back_can_still_be_taken()
    {
        await _pipe.Writer.WriteAsync(new byte[2]);
        await _pipe.Writer.CompleteAsync();
        Read(canTakeMore: false);
        Assert.True(_input.IsEnded);
        Assert.Equal(2, _input.HeldBytes);
        Assert.False(Read(canTakeMore: false));
        Assert.False(_input.IsReading);

        Read();
        Assert.Equal(1, _frames);
        Assert.False(Read());
        Assert.False(_input.IsReading);
    }

    private async Task WokenAsync() => await _wake.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    private bool Read(bool canTakeMore = true)
    {
        if (!_input.TryRead(canTakeMore, out ReadOnlySequence<byte> input))
            return false;
        for (; canTakeMore && input.Length >= 2; _frames++)
            input = input.Slice(2);
        return _input.Advance(input, isStarved: input.Length < 2, canTakeMore);
    }
}
