using System.Diagnostics.Tracing;
using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Allocations;

/// <summary>Writes once a second what the process has allocated, in all and, by the runtime's samples (one for some 100 KB),
/// by type since the line before.</summary>
internal sealed class AllocationListener : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Collector = (EventKeywords)0x1;
    private const string Tick = "GCAllocationTick_V4";
    private const int MostTypes = 25;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _types = [];
    private readonly StreamWriter _output;
    private readonly Timer _timer;

    /// <param name="path">File that the lines are added to.</param>
    public AllocationListener(string path)
    {
        _output = new StreamWriter(path, append: true) { AutoFlush = true };
        _timer = new Timer(_ => WriteLine(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public override void Dispose()
    {
        base.Dispose();
        _timer.Dispose();
        _output.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, Collector);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName != Tick || eventData.Payload is not { } payload)
            return;
        string type = (string)payload[eventData.PayloadNames!.IndexOf("TypeName")]!;
        long bytes = checked((long)(ulong)payload[eventData.PayloadNames.IndexOf("AllocationAmount64")]!);
        lock (_gate)
            _types[type] = _types.GetValueOrDefault(type) + bytes;
    }

    private void WriteLine()
    {
        lock (_gate)
        {
            IEnumerable<string> most = _types.OrderByDescending(type => type.Value).Take(MostTypes)
                .Select(type => string.Create(CultureInfo.InvariantCulture, $"{type.Key}={type.Value}"));
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{DateTime.UtcNow:HH:mm:ss} total={GC.GetTotalAllocatedBytes()} gen0={GC.CollectionCount(0)} ")
                + string.Join("; ", most));
            _types.Clear();
        }
    }
}
