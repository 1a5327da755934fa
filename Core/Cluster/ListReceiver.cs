using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The list of one other node as a <see cref="ListSender{T}"/> there tells it. Under the desk's lock.</summary>
internal abstract class ListReceiver(NodeId peer)
{
    private long _list;
    private int _number;

    /// <summary>Whose list it is; default: there is none, or that life is over.</summary>
    public NodeIncarnation Life { get; private set; }

    /// <summary>A whole list was received since the connection came up.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Counted up with every list that begins: what is of an earlier one when it is complete, it does not
    /// name.</summary>
    protected long Epoch { get; private set; }

    public void Disconnected() => IsWhole = false;

    /// <summary>Takes a batch in.</summary>
    /// <param name="payload">The batch.</param>
    /// <param name="isOver">Whether a life is over: what it says does not count any more.</param>
    /// <returns>The acknowledgement; null when the batch is none that counts.</returns>
    protected ReadOnlyMemory<byte>? Receive(ReadOnlyMemory<byte> payload, Func<NodeIncarnation, bool> isOver)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        long list = input.ReadInt64();
        int number = input.ReadInt32();
        bool completes = input.ReadByte() != 0;
        if (life.Node != peer || life.Incarnation < Life.Incarnation || isOver(life))
            return null;
        bool isNew = life != Life || list > _list;
        if (isNew)
        {
            if (number != 1)
                return null;
            if (life != Life)
                Begin(life);
            Life = life;
            _list = list;
            _number = 0;
            // What the list does not name goes when it is complete, not before.
            Epoch++;
            IsWhole = false;
        }

        if (list != _list || number > _number + 1)
            return null;
        if (number == _number + 1)
        {
            _number = number;
            for (int count = input.ReadCount(); count > 0; count--)
                Apply(ref input);
            if (completes && !IsWhole)
            {
                IsWhole = true;
                Complete();
            }
        }

        var output = new ArrayBufferWriter<byte>(32);
        PeerCodec.WriteLife(output, life);
        output.WriteInt64(list);
        output.WriteInt32(number);
        return output.WrittenMemory;
    }

    /// <summary>The list is of another life from here on.</summary>
    protected virtual void Begin(NodeIncarnation life)
    {
    }

    /// <summary>Takes one item.</summary>
    protected abstract void Apply(ref StateReader input);

    /// <summary>The list is whole: what is of an earlier epoch goes.</summary>
    protected abstract void Complete();

    /// <summary>The life is over.</summary>
    protected void Forget()
    {
        Life = default;
        IsWhole = false;
    }
}
