namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>One publish to a partition, and what became of it.</summary>
/// <param name="number">Names it in its body.</param>
/// <param name="publisher">The publisher's connection: what one sends keeps its order.</param>
internal sealed class AppendedMessage(long number, long publisher)
{
    public long Number => number;

    public long Publisher => publisher;

    /// <summary>Somebody was told that it is stored.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Somebody was told that it is not stored.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Its place in the partition, once a confirm or a read has told it.</summary>
    public long? Offset { get; set; }

    public long Position { get; set; }
}
