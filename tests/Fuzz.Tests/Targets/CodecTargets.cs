using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>Every codec that there is. A new one comes here.</summary>
internal static class CodecTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. AmqpTargets.All, .. MqttTargets.All, .. RocketMqTargets.All, .. HttpTargets.All, .. PeerTargets.All,
        .. PeerListTargets.All, .. TransferTargets.All, new PeerMessageTarget(), .. StateTargets.All, .. StorageTargets.All, .. MachineTargets.All,
        .. UnitTargets.All,
    ];
}
