namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>What a frame is to the transport; not to be mixed up with a message's kind, which it does not
/// look at.</summary>
internal enum FrameType : byte
{
    /// <summary>First frame of either side: a <see cref="LaneHello"/>.</summary>
    Hello = 1,

    /// <summary>Instead of a hello or of <see cref="Confirm"/>: why not, in UTF-8; the connection
    /// closes.</summary>
    Refuse = 2,

    /// <summary>From the dialling side: the hellos of all lanes are good, messages may follow. No
    /// payload.</summary>
    Confirm = 3,

    /// <summary>A <see cref="PeerMessage"/>.</summary>
    Message = 4,

    /// <summary>Nothing to say, still here. No payload.</summary>
    Idle = 5,
}
