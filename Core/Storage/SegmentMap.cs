using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// Where each group's entries lie in one segment: eight bytes per entry, in stretches of consecutive indexes.
/// Written as the footer of a sealed segment. Not thread-safe while it grows.
/// </summary>
internal sealed class SegmentMap
{
    private const int StretchHeaderSize = 24;

    /// <summary>By group and stage: what is staged stands beside the log, which may have other entries at the same
    /// indexes.</summary>
    private readonly Dictionary<(GroupId Group, long Stage), List<Stretch>> _groups = [];

    private sealed class Stretch(long first)
    {
        public long First { get; } = first;
        public List<EntryLocation> Locations { get; } = [];
        public long End => First + Locations.Count;
    }

    /// <summary>What it takes in memory, about.</summary>
    public long Bytes => _groups.Values.Sum(s => s.Sum(x => StretchHeaderSize + ((long)x.Locations.Capacity * 8)));

    /// <param name="group">The group.</param>
    /// <param name="stage">As in <see cref="EntryRun"/>.</param>
    /// <param name="index">Its index; forgets what stood at or above it.</param>
    /// <param name="location">Where the entry lies.</param>
    public void Add(GroupId group, long stage, long index, EntryLocation location)
    {
        ref List<Stretch>? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (group, stage), out _);
        List<Stretch> stretches = slot ??= [];
        if (stretches.Count > 0 && stretches[^1].End > index)
            Truncate(stretches, index);
        if (stretches.Count == 0 || stretches[^1].End != index)
            stretches.Add(new Stretch(index));
        stretches[^1].Locations.Add(location);
    }

    /// <summary>As <see cref="Add"/>, but in any order: whatever stands at other indexes stays.</summary>
    public void Insert(GroupId group, long stage, long index, EntryLocation location)
    {
        ref List<Stretch>? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (group, stage), out _);
        List<Stretch> stretches = slot ??= [];
        int low = 0, high = stretches.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (stretches[middle].First > index)
                high = middle;
            else
                low = middle + 1;
        }

        Stretch? before = low > 0 ? stretches[low - 1] : null;
        if (before is not null && index < before.End)
            before.Locations[(int)(index - before.First)] = location;
        else if (before is not null && index == before.End)
            before.Locations.Add(location);
        else
            stretches.Insert(low, new Stretch(index) { Locations = { location } });
    }

    /// <summary>Forgets a stage, or with 0 a log that gave way to a snapshot.</summary>
    public void Drop(GroupId group, long stage) => _groups.Remove((group, stage));

    /// <summary>Forgets everything of a group but one stage.</summary>
    public void DropAllBut(GroupId group, long? stage)
    {
        foreach ((GroupId Group, long Stage) key in _groups.Keys.Where(k => k.Group == group && k.Stage != stage).ToList())
            _groups.Remove(key);
    }

    public bool TryFind(GroupId group, long stage, long index, out EntryLocation location)
    {
        location = default;
        if (!_groups.TryGetValue((group, stage), out List<Stretch>? stretches))
            return false;

        int low = 0, high = stretches.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Stretch stretch = stretches[middle];
            if (index < stretch.First)
                high = middle - 1;
            else if (index >= stretch.End)
                low = middle + 1;
            else
            {
                location = stretch.Locations[(int)(index - stretch.First)];
                return true;
            }
        }

        return false;
    }

    /// <summary>Per stretch: group 4, count 4, stage 8, first index 8, then offset 4 and length 4 of each
    /// entry.</summary>
    public byte[] Encode()
    {
        int size = _groups.Values.Sum(s => s.Sum(x => StretchHeaderSize + x.Locations.Count * 8));
        byte[] bytes = new byte[size];
        var fields = new FieldWriter(bytes);
        foreach (((GroupId group, long stage), List<Stretch> stretches) in _groups)
        {
            foreach (Stretch stretch in stretches)
            {
                fields.Int32(group.Value);
                fields.Int32(stretch.Locations.Count);
                fields.Int64(stage);
                fields.Int64(stretch.First);
                foreach (EntryLocation location in stretch.Locations)
                {
                    fields.Int32(location.Offset);
                    fields.Int32(location.Length);
                }
            }
        }

        return bytes;
    }

    public static SegmentMap Decode(ReadOnlySpan<byte> bytes)
    {
        var map = new SegmentMap();
        var fields = new FieldReader(bytes);
        int left = bytes.Length;
        while (left > 0)
        {
            var group = new GroupId(fields.Int32());
            int count = fields.Int32();
            long stage = fields.Int64();
            var stretch = new Stretch(fields.Int64());
            stretch.Locations.EnsureCapacity(count);
            for (int i = 0; i < count; i++)
                stretch.Locations.Add(new EntryLocation(fields.Int32(), fields.Int32()));
            ref List<Stretch>? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(map._groups, (group, stage), out _);
            (slot ??= []).Add(stretch);
            left -= StretchHeaderSize + count * 8;
        }

        return map;
    }

    private static void Truncate(List<Stretch> stretches, long from)
    {
        while (stretches.Count > 0 && stretches[^1].First >= from)
            stretches.RemoveAt(stretches.Count - 1);
        if (stretches.Count > 0 && stretches[^1] is { } last && last.End > from)
        {
            int keep = (int)(from - last.First);
            last.Locations.RemoveRange(keep, last.Locations.Count - keep);
        }
    }
}
