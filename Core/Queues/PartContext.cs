using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What a part of the machine may use while it applies.</summary>
/// <param name="Machine">The machine that it is a part of.</param>
/// <param name="Live">References on the group's entries.</param>
/// <param name="Group">Lanes to other groups.</param>
internal readonly record struct PartContext(QueueMachine Machine, LiveEntries Live, IGroupContext Group);
