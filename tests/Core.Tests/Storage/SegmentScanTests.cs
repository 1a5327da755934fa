using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>What a segment says behind a good checksum.</summary>
public sealed class SegmentScanTests
{
    private const int PageBytes = 4096;

    private static readonly Guid Store = new("0f8fad5b-d9cb-469f-a165-70867728950e");

    /// <summary>Each number of a range is kept: one without end would take all memory.</summary>
    [Fact]
    public void A_segment_that_names_later_segments_is_not_read()
    {
        using var folder = new TemporaryDirectory();
        using SafeFileHandle file = File.OpenHandle(
            Path.Combine(folder.Path, "segment"), FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.Write(file, Start(number: 3, segments: [2, 3, 4]), 0);

        Assert.Throws<InvariantException>(() => SegmentScan.Run(file, Store, number: 3, lastSequence: 39));
    }

    private static byte[] Start(long number, long[] segments)
    {
        var encoder = new FrameEncoder(PageBytes);
        int length = encoder.SegmentStart(Store, number - 1, segments);
        new FrameHeader(FrameKind.SegmentStart, length, 40, 1, 39, default, 0, number)
            .Write(encoder.Frame, FrameHeader.SeedOf(Store, number));
        byte[] bytes = new byte[sizeof(int) + length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        encoder.Frame[..length].CopyTo(bytes.AsSpan(sizeof(int)));
        return bytes;
    }
}
