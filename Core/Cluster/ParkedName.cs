using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Names a prepared message.</summary>
/// <param name="Position">Its place.</param>
/// <param name="Owner">As given in <see cref="Parking.Owner"/>.</param>
internal sealed record ParkedName(long Position, string Owner);
