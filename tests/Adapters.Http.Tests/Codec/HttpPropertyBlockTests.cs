using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Codec;

public sealed class HttpPropertyBlockTests
{
    private static readonly byte[] Block = [1, 0, 0, 0, 0, 0, 0, 1, 2, 2, 1, 97, 2, 0xC3, 0xB6];

    [Fact]
    public void The_stored_form_never_changes()
    {
        Assert.Equal(Block, HttpPropertyBlock.Write(new HttpProperties(258, ["a", "ö"])));
    }

    [Fact]
    public void Other_protocols_see_a_text_with_its_sending_time()
    {
        var reader = new HttpPropertyReader();

        MessageProperties read = reader.Read(Block);

        Assert.Equal(PropertyFormat.Http, reader.Format);
        Assert.Equal("text/plain; charset=utf-8", read.ContentType);
        Assert.Equal(258, read.TimestampMs);
        Assert.Equal(["a", "ö"], read.Tags);
        Assert.False(reader.ReadHeaders(Block).TryGet("a", out _));
    }

    public static TheoryData<int> EveryCut => [.. Enumerable.Range(0, Block.Length)];

    [Theory, MemberData(nameof(EveryCut))]
    public void A_block_that_is_cut_is_refused(int cut)
    {
        Assert.Throws<InvalidDataException>(() => HttpPropertyBlock.Read(Block.AsSpan(0, cut)));
    }

    [Fact]
    public void Another_version_is_refused()
    {
        byte[] block = [.. Block];
        block[0] = 2;

        Assert.Throws<InvalidDataException>(() => HttpPropertyBlock.Read(block));
    }
}
