using System.Collections.Concurrent;
using FASTER.core;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// FASTER's disk: its segment number is ours, a write is a synchronous write to that file, and the callback
/// comes before the call returns, so a commit needs no thread pool. FASTER never reads and never truncates
/// through it.
/// </summary>
internal sealed class SegmentDevice(ISegmentSink sink) : StorageDeviceBase("segments", SectorBytes, -1)
{
    private const uint SectorBytes = 512;
    private const uint Failed = 1;
    private readonly ConcurrentDictionary<int, SafeFileHandle> _files = new();

    /// <summary>The first write that failed. FASTER's own error code says nothing, and it would wait for
    /// ever.</summary>
    public Exception? Error { get; private set; }

    public void Attach(Segment segment) => _files[checked((int)segment.Number)] = segment.Writer!;

    public void Detach(Segment segment) => _files.TryRemove(checked((int)segment.Number), out _);

    public override unsafe void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite,
        DeviceIOCompletionCallback callback, object context)
    {
        // After one failure nothing more may reach the disk: a later page without an earlier one would be a
        // hole.
        if (Error is null)
        {
            try
            {
                var bytes = new ReadOnlySpan<byte>((void*)sourceAddress, checked((int)numBytesToWrite));
                sink.Write(_files[segmentId], bytes, checked((long)destinationAddress));
            }
#pragma warning disable CA1031 // Whatever it was, it must reach the writer thread through Error, not unwind FASTER.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Error = e;
            }
        }

        callback(Error is null ? 0 : Failed, numBytesToWrite, context);
    }

    public override void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength,
        DeviceIOCompletionCallback callback, object context) =>
        throw new InvariantException("FASTER reads from a device that is only written");

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) =>
        throw new InvariantException("FASTER truncates a chain whose segments are deleted by their owner");

    public override void Dispose() => _files.Clear();
}
