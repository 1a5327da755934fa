namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Second byte of a publish command. On disk: never renumber.</summary>
[Flags]
internal enum PublishFlags : byte
{
    None = 0,
    Persistent = 1,
    Ttl = 2,
    Delay = 4,
    Upload = 8,
    Overlay = 16,
    PublishedMs = 32,
    Tag = 64,
    Producer = 128,
}
