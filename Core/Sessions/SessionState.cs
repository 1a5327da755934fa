using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>One replicated session. What it seldom has is allocated when it has it: one without subscriptions takes
/// about 400 bytes.</summary>
internal sealed class SessionState(long id, NamespaceId ns, string name, string user)
{
    /// <summary>Never used again, in no group.</summary>
    public long Id => id;

    public NamespaceId Namespace => ns;

    public string Name => name;

    /// <summary>Whose it is; nobody else opens or ends it.</summary>
    public string User => user;

    /// <summary>Who has it; default = nobody.</summary>
    public ConnectionKey Owner { get; set; }

    public bool IsOpen => Owner != default;

    /// <summary>Nothing of it counts any more, though no tick has ended it yet.</summary>
    public bool IsOver(long nowMs) => !IsOpen && EndMs <= nowMs;

    /// <summary>Of the latest opening.</summary>
    public long Epoch { get; set; }

    /// <summary>The latest opening found it.</summary>
    public bool IsPresent { get; set; }

    /// <summary>How long it lives on after its connection, ms; <see cref="long.MaxValue"/> = for ever.</summary>
    public long ExpiryMs { get; set; }

    /// <summary>Log time of its end; <see cref="long.MaxValue"/> while it is open or lives for ever.</summary>
    public long EndMs { get; set; } = long.MaxValue;

    /// <summary>Position of its will; -1 = none. It may have been shown meanwhile.</summary>
    public long Will { get; set; } = -1;

    public long WillDelayMs { get; set; }

    /// <summary>The latest of the publisher's numbers; 0 = none.</summary>
    public long LastNumber { get; set; }

    /// <summary>By filter; null = never any.</summary>
    public SortedDictionary<string, byte[]>? Subscriptions { get; set; }

    /// <summary>Filters and options, in bytes.</summary>
    public long SubscriptionBytes { get; set; }

    /// <summary>Publisher's number by id; null = never any.</summary>
    public SortedDictionary<int, long>? Inbound { get; set; }

    /// <summary>Null = never any.</summary>
    public SortedSet<long>? Released { get; set; }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutInt64(id);
        output.PutInt64(ns.Value);
        output.PutString(name);
        output.PutString(user);
        output.PutConnection(Owner);
        output.PutInt64(Epoch);
        output.PutFlag(IsPresent);
        output.PutInt64(ExpiryMs);
        output.PutInt64(EndMs);
        output.PutInt64(Will);
        output.PutInt64(WillDelayMs);
        output.PutInt64(LastNumber);
        WriteContent(output);
    }

    /// <summary>What the session keeps for its client.</summary>
    public void WriteContent(IBufferWriter<byte> output)
    {
        output.PutCount(Subscriptions?.Count ?? 0);
        foreach ((string filter, byte[] options) in Subscriptions ?? [])
        {
            output.PutString(filter);
            output.PutBytes(options);
        }

        output.PutCount(Inbound?.Count ?? 0);
        foreach ((int inbound, long number) in Inbound ?? [])
        {
            output.PutInt32(inbound);
            output.PutInt64(number);
        }

        output.PutCount(Released?.Count ?? 0);
        foreach (long number in Released ?? [])
            output.PutInt64(number);
    }

    public static SessionState Read(ref QueueCommandReader input)
    {
        var session = new SessionState(
            input.ReadInt64(), new NamespaceId(input.ReadInt64()), input.ReadString(), input.ReadString())
        {
            Owner = input.ReadConnection(),
            Epoch = input.ReadInt64(),
            IsPresent = input.ReadFlag(),
            ExpiryMs = input.ReadInt64(),
            EndMs = input.ReadInt64(),
            Will = input.ReadInt64(),
            WillDelayMs = input.ReadInt64(),
            LastNumber = input.ReadInt64(),
        };
        session.ReadContent(ref input);
        return session;
    }

    public void ReadContent(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
            Put(input.ReadString(), input.ReadBytes().ToArray());
        for (int count = input.ReadCount(); count > 0; count--)
            (Inbound ??= [])[input.ReadInt32()] = input.ReadInt64();
        for (int count = input.ReadCount(); count > 0; count--)
            (Released ??= []).Add(input.ReadInt64());
    }

    /// <summary>Adds or replaces a subscription.</summary>
    public void Put(string filter, byte[] options)
    {
        Remove(filter);
        Subscriptions ??= new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        Subscriptions.Add(filter, options);
        SubscriptionBytes += BytesOf(filter, options.Length);
    }

    public void Remove(string filter)
    {
        if (Subscriptions?.Remove(filter, out byte[]? options) == true)
            SubscriptionBytes -= BytesOf(filter, options.Length);
    }

    /// <summary>What a subscription counts.</summary>
    public static long BytesOf(string filter, int optionBytes) => (2L * filter.Length) + optionBytes;
}
