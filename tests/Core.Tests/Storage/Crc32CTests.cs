using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class Crc32CTests
{
    private const uint Polynomial = 0x82F6_3B78;

    public static TheoryData<int> Lengths =>
        [.. new[] { 0, 1, 7, 8, 9, 32, 1023, 1024, 3071, 3072, 3073, 3080, 6143, 6144, 6145, 9216, 65_536, 100_003 }];

    /// <summary>RFC 3720 B.4.</summary>
    [Fact]
    public void The_examples_of_the_standard_have_its_values()
    {
        Assert.Equal(0x8A91_36AAu, Of(new byte[32]));
        Assert.Equal(0x62A8_AB43u, Of([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD_794Eu, Of([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
    }

    [Theory, MemberData(nameof(Lengths))]
    public void A_value_is_that_of_the_definition_whatever_the_length(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        Assert.Equal(BitByBit(0x1234_5678, bytes), Crc32C.Append(0x1234_5678, bytes));
    }

    [Fact]
    public void Bytes_appended_in_pieces_have_the_value_of_the_whole()
    {
        byte[] bytes = new byte[20_000];
        new Random(1).NextBytes(bytes);

        uint crc = Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, 5));
        crc = Crc32C.Append(crc, bytes.AsSpan(5, 7_000));

        Assert.Equal(Of(bytes), ~Crc32C.Append(crc, bytes.AsSpan(7_005)));
    }

    private static uint Of(byte[] bytes) => ~Crc32C.Append(Crc32C.Seed, bytes);

    private static uint BitByBit(uint crc, byte[] bytes)
    {
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : Polynomial);
        }

        return crc;
    }
}
