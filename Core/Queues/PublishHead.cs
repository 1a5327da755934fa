using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The front of a publish command: all that apply needs of it, read without decoding a string. Layout: kind, flags,
/// format, priority, body bytes (int64), upload, time to live, delay, first publish time, producer and its number
/// (int64 each, where flagged), hash of the tag (int32, where flagged), targets; then overlay, topic, key, further
/// keys, properties; the body is the rest.
/// </summary>
internal readonly ref struct PublishHead
{
    public PublishHead(ref QueueCommandReader input)
    {
        Flags = (PublishFlags)input.ReadByte();
        Format = input.ReadByte();
        Priority = input.ReadByte();
        BodyBytes = input.ReadInt64();
        Invariant.Check(BodyBytes >= 0, "a body has a size");
        Upload = Has(PublishFlags.Upload) ? input.ReadInt64() : -1;
        TtlMs = Has(PublishFlags.Ttl) ? input.ReadInt64() : -1;
        DelayMs = Has(PublishFlags.Delay) ? input.ReadInt64() : 0;
        PublishedMs = Has(PublishFlags.PublishedMs) ? input.ReadInt64() : -1;
        Producer = Has(PublishFlags.Producer) ? new ProducerNumber(input.ReadInt64(), input.ReadInt64()) : null;
        TagHash = Has(PublishFlags.Tag) ? input.ReadInt32() : 0;
        TargetCount = input.ReadCount();
    }

    public PublishFlags Flags { get; }

    public byte Format { get; }

    public byte Priority { get; }

    public long BodyBytes { get; }

    /// <summary>-1 = the body is inline.</summary>
    public long Upload { get; }

    /// <summary>-1 = none.</summary>
    public long TtlMs { get; }

    public long DelayMs { get; }

    /// <summary>-1 = the time of the entry counts.</summary>
    public long PublishedMs { get; }

    /// <summary>0 = it has no tag.</summary>
    public int TagHash { get; }

    /// <summary>What makes it distinct; null = nothing does.</summary>
    public ProducerNumber? Producer { get; }

    /// <summary>So many queue ids follow.</summary>
    public int TargetCount { get; }

    public bool Has(PublishFlags flag) => (Flags & flag) != 0;
}
