using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>Makes inputs of other inputs: flipped bits, edited lengths, cut, doubled, inserted and spliced
/// pieces.</summary>
internal sealed class Mutator(Random random)
{
    /// <summary>Inputs do not grow beyond this, bytes.</summary>
    private const int MaxBytes = 8 * 1024;

    private const int MaxSteps = 5;
    private const int MaxPiece = 64;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0xFF_FFFF, 0x100_0000, int.MaxValue,
        int.MinValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue,
    ];

    /// <param name="input">What is changed; itself it stays.</param>
    /// <param name="other">Pieces of it may get in.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (int steps = random.Next(1, MaxSteps); steps > 0; steps--)
            Step(bytes, other);
        if (bytes.Count > MaxBytes)
            bytes.RemoveRange(MaxBytes, bytes.Count - MaxBytes);
        return [.. bytes];
    }

    private void Step(List<byte> bytes, byte[] other)
    {
        switch (random.Next(10))
        {
            case 0 or 1 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] = unchecked((byte)Numbers[random.Next(8)]);
                break;
            case 3 or 4 when bytes.Count > 0:
                EditNumber(bytes);
                break;
            case 5:
                int end = random.Next(bytes.Count + 1);
                bytes.RemoveRange(end, bytes.Count - end);
                break;
            case 6:
                byte[] inserted = new byte[random.Next(1, MaxPiece)];
                random.NextBytes(inserted);
                bytes.InsertRange(random.Next(bytes.Count + 1), inserted);
                break;
            case 7 when bytes.Count > 0:
                (int from, int count) = Piece(bytes.Count);
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(from, count));
                break;
            case 8 when bytes.Count > 0:
                (int at, int length) = Piece(bytes.Count);
                bytes.RemoveRange(at, length);
                break;
            case 9 when other.Length > 0:
                Splice(bytes, other);
                break;
        }
    }

    /// <summary>Lengths and counts stand in one to eight bytes, in either order.</summary>
    private void EditNumber(List<byte> bytes)
    {
        int width = 1 << random.Next(4);
        if (width > bytes.Count)
            return;
        int at = random.Next(bytes.Count - width + 1);
        Span<byte> number = stackalloc byte[sizeof(long)];
        long value = random.Next(3) switch
        {
            0 => Numbers[random.Next(Numbers.Length)],
            1 => bytes.Count + random.Next(-8, 9),
            _ => Present(bytes, at, width) + random.Next(-3, 4),
        };
        bool big = random.Next(2) == 0;
        if (big)
            BinaryPrimitives.WriteInt64BigEndian(number, value);
        else
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
        ReadOnlySpan<byte> written = big ? number[^width..] : number[..width];
        for (int i = 0; i < width; i++)
            bytes[at + i] = written[i];
    }

    private static long Present(List<byte> bytes, int at, int width)
    {
        long value = 0;
        for (int i = 0; i < width; i++)
            value = unchecked((value << 8) | bytes[at + i]);
        // Small changes of a huge number overflow; they are none then.
        return value is < -3 or > long.MaxValue - 4 ? 0 : value;
    }

    private void Splice(List<byte> bytes, byte[] other)
    {
        (int from, int count) = Piece(other.Length);
        int at = random.Next(bytes.Count + 1);
        if (random.Next(2) == 0)
        {
            // The front of one, the end of the other.
            bytes.RemoveRange(at, bytes.Count - at);
            bytes.AddRange(other.AsSpan(from));
            return;
        }
        bytes.InsertRange(at, other.AsSpan(from, count).ToArray());
    }

    private (int From, int Count) Piece(int length)
    {
        int from = random.Next(length);
        return (from, random.Next(1, Math.Min(MaxPiece, length - from) + 1));
    }
}
