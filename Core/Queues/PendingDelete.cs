namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A deletion that is on its way through the log.</summary>
/// <param name="Ready">Ready messages when it was decided.</param>
internal readonly record struct PendingDelete(RequestId Request, long Ready);
