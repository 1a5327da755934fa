using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Overlays in commands.</summary>
internal static class OverlayCodec
{
    public static void Write(IBufferWriter<byte> output, Overlay overlay)
    {
        output.PutString(overlay.Topic);
        output.PutString(overlay.RoutingKey);
        output.PutStrings(overlay.MoreKeys);
        output.PutCount(overlay.Deaths.Count);
        foreach (Death death in overlay.Deaths)
        {
            output.PutString(death.Queue);
            output.PutByte((byte)death.Reason);
            output.PutInt64(death.Count);
            output.PutInt64(death.TimeMs);
            output.PutString(death.Topic);
            output.PutStrings(death.RoutingKeys);
            output.PutFlag(death.TookTtl);
        }
    }

    public static Overlay Read(ref QueueCommandReader input)
    {
        string topic = input.ReadString();
        string key = input.ReadString();
        string[] moreKeys = input.ReadStrings();
        var deaths = new Death[input.ReadCount()];
        for (int i = 0; i < deaths.Length; i++)
        {
            deaths[i] = new Death(
                input.ReadString(),
                (DeathReason)input.ReadByte(),
                input.ReadInt64(),
                input.ReadInt64(),
                input.ReadString(),
                input.ReadStrings(),
                input.ReadFlag());
        }

        return new Overlay(topic, key, moreKeys, deaths);
    }
}
