namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Segments of a log.</summary>
internal enum LogPart
{
    Any,

    /// <summary>The one that was written last, which a start reads.</summary>
    Newest,

    /// <summary>Those before it.</summary>
    Sealed,
}
